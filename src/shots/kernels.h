#pragma once

#include <cstddef>
#include <cstdint>

namespace heaters::shots {

// The inner loops of shot detection, in as many versions as there are instruction sets worth one. All of
// them compute with integers and give the same bits.
struct Kernels {
  // sums[i] += samples[i] for 8-bit samples. The caller sees to it that no sum passes 65535.
  void (*add_samples)(std::uint16_t* sums, const std::uint8_t* samples, std::size_t count);

  // Sum of absolute differences of two blocks of 8 columns and `rows` rows.
  std::uint32_t (*block_difference)(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                    std::ptrdiff_t b_stride, int rows);

  // The same of block `a` and each of nine blocks beside one another, the first at `b`, every further one a
  // column to the right. At most 32 rows. Reads 16 columns of `b`.
  static constexpr int neighbours = 9;
  void (*neighbour_differences)(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                std::ptrdiff_t b_stride, int rows, std::uint16_t* differences);
};

enum class SimdLevel { Portable, Sse2, Avx2 };

// The best level that this processor and this build have.
SimdLevel best_simd_level();

// `level` must not be above best_simd_level().
const Kernels& kernels(SimdLevel level);

}  // namespace heaters::shots
