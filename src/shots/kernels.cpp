#include "shots/kernels.h"

#include <array>
#include <cstdlib>

#include "base/check.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace heaters::shots {

namespace {

void add_samples_portable(std::uint16_t* sums, const std::uint8_t* samples, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sums[i] = static_cast<std::uint16_t>(sums[i] + samples[i]);
}

std::uint32_t block_difference_portable(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                        std::ptrdiff_t b_stride, int rows) {
  std::uint32_t sum = 0;
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < 8; ++column) {
      sum += static_cast<std::uint32_t>(std::abs(int{a[column]} - int{b[column]}));
    }
    a += a_stride;
    b += b_stride;
  }
  return sum;
}

void neighbour_differences_portable(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                    std::ptrdiff_t b_stride, int rows, std::uint16_t* differences) {
  for (int column = 0; column < Kernels::neighbours; ++column) {
    differences[column] =
        static_cast<std::uint16_t>(block_difference_portable(a, a_stride, b + column, b_stride, rows));
  }
}

constexpr Kernels portable = {add_samples_portable, block_difference_portable,
                              neighbour_differences_portable};

#ifdef __x86_64__

// The intrinsics take vector pointers; the loads and stores are the unaligned ones.
const __m128i* vector_at(const void* address) {
  return static_cast<const __m128i*>(address);
}
__m128i* vector_at(void* address) {
  return static_cast<__m128i*>(address);
}

// SSE2 belongs to every x86-64.
void add_samples_sse2(std::uint16_t* sums, const std::uint8_t* samples, std::size_t count) {
  const __m128i zero = _mm_setzero_si128();
  std::size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i bytes = _mm_loadu_si128(vector_at(samples + i));
    __m128i* low = vector_at(sums + i);
    __m128i* high = vector_at(sums + i + 8);
    _mm_storeu_si128(low, _mm_add_epi16(_mm_loadu_si128(low), _mm_unpacklo_epi8(bytes, zero)));
    _mm_storeu_si128(high, _mm_add_epi16(_mm_loadu_si128(high), _mm_unpackhi_epi8(bytes, zero)));
  }
  add_samples_portable(sums + i, samples + i, count - i);
}

std::uint32_t block_difference_sse2(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                    std::ptrdiff_t b_stride, int rows) {
  __m128i sum = _mm_setzero_si128();
  for (int row = 0; row < rows; ++row) {
    sum = _mm_add_epi64(sum, _mm_sad_epu8(_mm_loadl_epi64(vector_at(a)), _mm_loadl_epi64(vector_at(b))));
    a += a_stride;
    b += b_stride;
  }
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(sum));
}

void neighbour_differences_sse2(const std::uint8_t* a, std::ptrdiff_t a_stride, const std::uint8_t* b,
                                std::ptrdiff_t b_stride, int rows, std::uint16_t* differences) {
  struct Register {
    __m128i value;
  };
  std::array<Register, Kernels::neighbours> sums{};
  for (int row = 0; row < rows; ++row) {
    const __m128i block = _mm_loadl_epi64(vector_at(a));
    for (std::size_t column = 0; column < sums.size(); ++column) {
      const __m128i other = _mm_loadl_epi64(vector_at(b + column));
      sums[column].value = _mm_add_epi16(sums[column].value, _mm_sad_epu8(block, other));
    }
    a += a_stride;
    b += b_stride;
  }
  for (std::size_t column = 0; column < sums.size(); ++column) {
    differences[column] = static_cast<std::uint16_t>(_mm_cvtsi128_si32(sums[column].value));
  }
}

constexpr Kernels sse2 = {add_samples_sse2, block_difference_sse2, neighbour_differences_sse2};

__attribute__((target("avx2"))) void add_samples_avx2(std::uint16_t* sums, const std::uint8_t* samples,
                                                      std::size_t count) {
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    auto* first = static_cast<__m256i*>(static_cast<void*>(sums + i));
    auto* second = static_cast<__m256i*>(static_cast<void*>(sums + i + 16));
    const __m256i a = _mm256_cvtepu8_epi16(_mm_loadu_si128(vector_at(samples + i)));
    const __m256i b = _mm256_cvtepu8_epi16(_mm_loadu_si128(vector_at(samples + i + 16)));
    _mm256_storeu_si256(first, _mm256_add_epi16(_mm256_loadu_si256(first), a));
    _mm256_storeu_si256(second, _mm256_add_epi16(_mm256_loadu_si256(second), b));
  }
  add_samples_portable(sums + i, samples + i, count - i);
}

// One instruction compares four columns with eight places; the lower half of the register has the block's
// first four columns, the upper half the others.
__attribute__((target("avx2"))) void neighbour_differences_avx2(const std::uint8_t* a,
                                                                std::ptrdiff_t a_stride,
                                                                const std::uint8_t* b,
                                                                std::ptrdiff_t b_stride, int rows,
                                                                std::uint16_t* differences) {
  constexpr int both_halves = 0b101'000;  // of the upper half: columns 4 to 7 against places 4 columns on
  __m256i sums = _mm256_setzero_si256();
  __m128i last = _mm_setzero_si128();
  for (int row = 0; row < rows; ++row) {
    const __m128i block = _mm_loadl_epi64(vector_at(a));
    const __m128i places = _mm_loadu_si128(vector_at(b));
    sums = _mm256_add_epi16(sums, _mm256_mpsadbw_epu8(_mm256_broadcastsi128_si256(places),
                                                      _mm256_broadcastsi128_si256(block), both_halves));
    last = _mm_add_epi16(last, _mm_sad_epu8(block, _mm_srli_si128(places, 8)));
    a += a_stride;
    b += b_stride;
  }
  _mm_storeu_si128(vector_at(differences),
                   _mm_add_epi16(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
  differences[Kernels::neighbours - 1] = static_cast<std::uint16_t>(_mm_cvtsi128_si32(last));
}

// A block is 8 bytes wide: wider registers have nothing to add to one alone.
constexpr Kernels avx2 = {add_samples_avx2, block_difference_sse2, neighbour_differences_avx2};

#endif

}  // namespace

SimdLevel best_simd_level() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx2") ? SimdLevel::Avx2 : SimdLevel::Sse2;
#else
  return SimdLevel::Portable;
#endif
}

const Kernels& kernels(SimdLevel level) {
  HEATERS_CHECK(level <= best_simd_level());
#ifdef __x86_64__
  if (level == SimdLevel::Avx2) return avx2;
  if (level == SimdLevel::Sse2) return sse2;
#endif
  return portable;
}

}  // namespace heaters::shots
