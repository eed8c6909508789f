// A million vectors: building, adding, removing, finding, and starting again. Usage: vectors_bench [count]
// [dimensions]. The vectors are made as looks of footage are: scenes, each with many pictures that differ by
// a little, in a space where neighbouring components go together.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <set>

#include "base/file.h"
#include "base/process_usage.h"
#include "search/vector_index.h"
#include "stopwatch.h"

namespace {

using namespace heaters;
using search::VectorIndex;

// Pictures of scenes: a scene is a mix of 40 patterns, a picture of it the same with other weights.
class Footage {
 public:
  Footage(std::size_t dimensions, unsigned seed) : dimensions_(dimensions), random_(seed) {
    patterns_.resize(patterns * dimensions);
    for (float& each : patterns_) each = normal_(random_);
  }

  void next(std::int8_t* to) {
    if (left_ == 0) {
      left_ = 1 + random_() % 40;
      for (float& each : scene_) each = normal_(random_);
    }
    --left_;
    std::vector<float> sum(dimensions_);
    for (std::size_t p = 0; p < patterns; ++p) {
      const float weight = scene_[p] + 0.25F * normal_(random_);
      for (std::size_t d = 0; d < dimensions_; ++d) sum[d] += weight * patterns_[p * dimensions_ + d];
    }
    float largest = 1e-6F;
    for (const float each : sum) largest = std::max(largest, std::abs(each));
    for (std::size_t d = 0; d < dimensions_; ++d) to[d] = static_cast<std::int8_t>(sum[d] / largest * 127);
  }

 private:
  static constexpr std::size_t patterns = 40;
  std::size_t dimensions_;
  std::mt19937 random_;
  std::normal_distribution<float> normal_;
  std::vector<float> patterns_;
  std::array<float, patterns> scene_{};
  std::size_t left_ = 0;
};

struct Search {
  double p50 = 0;
  double p95 = 0;
  double recall = 0;
};

Search measure(const VectorIndex& index, const std::vector<std::vector<std::int8_t>>& queries) {
  std::vector<double> times;
  std::size_t found = 0;
  for (const auto& query : queries) {
    const auto begin = Clock::now();
    const auto hits = index.nearest(query, 10);
    times.push_back(seconds_since(begin) * 1000);
    std::set<VectorIndex::Number> exact;
    for (const auto& hit : index.nearest_exactly(query, 10)) exact.insert(hit.number);
    for (const auto& hit : hits) found += exact.count(hit.number);
  }
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times[times.size() * 95 / 100],
          static_cast<double>(found) / static_cast<double>(10 * queries.size())};
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::size_t dimensions = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 256;
  Footage footage(dimensions, 1);
  std::vector<std::int8_t> all(count * dimensions);
  for (std::size_t i = 0; i < count; ++i) footage.next(all.data() + i * dimensions);
  std::vector<std::vector<std::int8_t>> queries(500, std::vector<std::int8_t>(dimensions));
  for (std::size_t i = 0; i < queries.size(); ++i) {
    // Pictures of scenes that are there, seen a little otherwise.
    const std::int8_t* from = all.data() + (i * 1999 % count) * dimensions;
    std::mt19937 random(static_cast<unsigned>(i));
    std::normal_distribution<float> noise(0, 6);
    for (std::size_t d = 0; d < dimensions; ++d) {
      queries[i][d] =
          static_cast<std::int8_t>(std::clamp(static_cast<float>(from[d]) + noise(random), -127.0F, 127.0F));
    }
  }
  const auto vectors = [&](std::size_t begin, std::size_t end) {
    std::vector<VectorIndex::Vector> some;
    some.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      some.push_back({static_cast<VectorIndex::Number>(i), {all.data() + i * dimensions, dimensions}});
    }
    return some;
  };

  VectorIndex index({.dimensions = dimensions});
  auto begin = Clock::now();
  index.add(vectors(0, count - count / 100));
  fmt::print("build   {} vectors of {} dimensions: {:.1f} s, {:.0f} MB\n", index.size(), dimensions,
             seconds_since(begin), static_cast<double>(index.bytes()) / 1e6);
  begin = Clock::now();
  index.add(vectors(count - count / 100, count));
  const std::size_t added = count / 100;
  fmt::print("add     {} more: {:.2f} ms each\n", added,
             seconds_since(begin) * 1000 / static_cast<double>(added));
  Search found = measure(index, queries);
  fmt::print("find    p50 {:.2f} ms, p95 {:.2f} ms, recall@10 {:.4f}\n", found.p50, found.p95, found.recall);
  begin = Clock::now();
  const auto exact_begin = Clock::now();
  for (std::size_t i = 0; i < 50; ++i) index.nearest_exactly(queries[i], 10);
  fmt::print("exactly {:.1f} ms\n", seconds_since(exact_begin) * 1000 / 50);
  std::vector<VectorIndex::Number> removed;
  for (std::size_t i = 0; i < count; i += 20) removed.push_back(static_cast<VectorIndex::Number>(i));
  begin = Clock::now();
  index.remove(removed);
  fmt::print("remove  {}: {:.3f} ms each\n", removed.size(),
             seconds_since(begin) * 1000 / static_cast<double>(removed.size()));
  found = measure(index, queries);
  fmt::print("find    p50 {:.2f} ms, p95 {:.2f} ms, recall@10 {:.4f}\n", found.p50, found.p95, found.recall);
  if (index.is_exact()) return 0;
  const TemporaryDirectory directory;
  begin = Clock::now();
  index.save(directory.path() / "graph");
  fmt::print("save    {:.1f} s\n", seconds_since(begin));
  begin = Clock::now();
  const VectorIndex again = VectorIndex::load(directory.path() / "graph", {.dimensions = dimensions});
  fmt::print("load    {:.1f} s, {} vectors\n", seconds_since(begin), again.size());
  found = measure(again, queries);
  fmt::print("find    p50 {:.2f} ms, p95 {:.2f} ms, recall@10 {:.4f}\n", found.p50, found.p95, found.recall);
  return 0;
}
