#include "search/dot.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace heaters::search {

namespace {

#ifdef __x86_64__

__attribute__((target("avx2"))) inline __m256i widened_at(const std::int8_t* at) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(static_cast<const __m128i*>(static_cast<const void*>(at))));
}

__attribute__((target("avx2"))) std::int32_t dot_avx2(const std::int8_t* a, const std::int8_t* b,
                                                      std::size_t count) {
  __m256i even = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    even = _mm256_add_epi32(even, _mm256_madd_epi16(widened_at(a + i), widened_at(b + i)));
    odd = _mm256_add_epi32(odd, _mm256_madd_epi16(widened_at(a + i + 16), widened_at(b + i + 16)));
  }
  const __m256i sum = _mm256_add_epi32(even, odd);
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
  return _mm_cvtsi128_si32(half) + dot_portable(a + i, b + i, count - i);
}

#endif

using Dot = std::int32_t (*)(const std::int8_t*, const std::int8_t*, std::size_t);

Dot best_dot() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return dot_avx2;
#endif
  return dot_portable;
}

}  // namespace

std::int32_t dot_portable(const std::int8_t* a, const std::int8_t* b, std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::int32_t{a[i]} * std::int32_t{b[i]};
  return sum;
}

std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::size_t count) {
  static const Dot best = best_dot();
  return best(a, b, count);
}

}  // namespace heaters::search
