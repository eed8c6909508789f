// Frames per second of shot detection alone, on one core: the shrinking of decoded planes and the decision,
// by picture size and SIMD level. Run: build/release/shots_bench

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

#include "shots/shot_detector.h"
#include "shots/small_picture.h"

namespace heaters::shots {
namespace {

// Planes of noise over a moving gradient: neither still nor a new scene on every frame.
std::vector<std::uint8_t> plane(int width, int height, int shift) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> samples(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto column = static_cast<int>(i % static_cast<std::size_t>(width));
    samples[i] = static_cast<std::uint8_t>((column + shift) * 160 / width + static_cast<int>(random() % 40));
  }
  return samples;
}

void detect(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0));
  const int height = static_cast<int>(state.range(1));
  const auto level = static_cast<SimdLevel>(state.range(2));
  if (level > best_simd_level()) return state.SkipWithError("this processor does not have that level");
  // Two pictures in turn, so that there is motion to search for.
  std::vector<std::vector<std::uint8_t>> y;
  for (const int shift : {0, width / 100}) y.push_back(plane(width, height, shift));
  const std::vector<std::uint8_t> chroma = plane(width / 2, height / 2, 0);
  Shrinker shrinker(level);
  ShotDetector detector(level);
  SmallPicture small;
  std::size_t frame = 0;
  while (state.KeepRunning()) {
    const Plane uv{chroma.data(), width / 2, width / 2, height / 2};
    shrinker.shrink({{y[frame++ % 2].data(), width, width, height}, uv, uv, 8}, small);
    detector.push(small);
  }
  benchmark::DoNotOptimize(detector.finish());
  state.counters["frames/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(detect)
    ->ArgNames({"width", "height", "simd"})
    ->Args({1920, 1080, static_cast<int>(SimdLevel::Portable)})
    ->Args({1920, 1080, static_cast<int>(SimdLevel::Sse2)})
    ->Args({1920, 1080, static_cast<int>(SimdLevel::Avx2)})
    ->Args({640, 360, static_cast<int>(SimdLevel::Avx2)})
    ->Args({3840, 2160, static_cast<int>(SimdLevel::Avx2)})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace heaters::shots

BENCHMARK_MAIN();
