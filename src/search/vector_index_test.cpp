#include "search/vector_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "search/dot.h"

#ifdef HEATERS_SANITIZED_THREADS
// Of hnswlib's locks, see tests/tsan.supp: with one for each vector the stacks that a suppression is matched
// with are lost.
extern "C" const char* __tsan_default_options() {
  return "detect_deadlocks=0";
}
#endif

namespace heaters::search {
namespace {

constexpr std::size_t dimensions = 64;
// ThreadSanitizer follows the lock of every vector of a graph.
#ifdef HEATERS_SANITIZED_THREADS
constexpr std::size_t many = 600;
#else
constexpr std::size_t many = 3000;
#endif

using Bytes = std::vector<std::int8_t>;

// Groups of vectors that point nearly the same way, as pictures of real footage do.
std::vector<Bytes> grouped(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  std::vector<Bytes> all;
  all.reserve(count);
  std::vector<float> centre(dimensions);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % 20 == 0) {
      for (float& each : centre) each = 40 * normal(random);
    }
    Bytes vector(dimensions);
    for (std::size_t d = 0; d < dimensions; ++d) {
      vector[d] = static_cast<std::int8_t>(std::clamp(centre[d] + 8 * normal(random), -127.0F, 127.0F));
    }
    all.push_back(std::move(vector));
  }
  return all;
}

std::vector<VectorIndex::Vector> numbered(const std::vector<Bytes>& vectors, VectorIndex::Number first) {
  std::vector<VectorIndex::Vector> all;
  all.reserve(vectors.size());
  for (const Bytes& each : vectors) all.push_back({first++, each});
  return all;
}

VectorIndex::Options options(std::size_t exact_up_to) {
  return {.dimensions = dimensions, .exact_up_to = exact_up_to};
}

TEST(Dot, IsTheSameWithAndWithoutSpecialInstructions) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> byte(-128, 127);
  for (std::size_t count = 0; count < 300; ++count) {
    Bytes a(count);
    Bytes b(count);
    for (std::int8_t& each : a) each = static_cast<std::int8_t>(byte(random));
    for (std::int8_t& each : b) each = static_cast<std::int8_t>(byte(random));
    ASSERT_EQ(dot(a.data(), b.data(), count), dot_portable(a.data(), b.data(), count));
  }
  const Bytes least(65'536, -128);
  EXPECT_EQ(dot(least.data(), least.data(), least.size()), 1'073'741'824);
}

class VectorIndexTest : public testing::TestWithParam<std::size_t> {
 protected:
  VectorIndex index{options(GetParam())};
  std::vector<Bytes> vectors = grouped(many, 3);
};

TEST_P(VectorIndexTest, FindsWhatComparingWithEachFinds) {
  index.add(numbered(vectors, 100));
  EXPECT_EQ(index.is_exact(), GetParam() >= vectors.size());
  std::size_t found = 0;
  for (std::size_t i = 0; i < vectors.size(); i += many / 100) {
    const auto exact = index.nearest_exactly(vectors[i], 10);
    const auto fast = index.nearest(vectors[i], 10);
    ASSERT_EQ(fast.size(), 10U);
    ASSERT_EQ(exact.front().number, 100 + i);
    EXPECT_NEAR(exact.front().likeness, 1, 1e-5);
    EXPECT_TRUE(std::is_sorted(fast.begin(), fast.end(),
                               [](const auto& a, const auto& b) { return a.likeness > b.likeness; }));
    std::set<VectorIndex::Number> wanted;
    for (const auto& hit : exact) wanted.insert(hit.number);
    for (const auto& hit : fast) found += wanted.count(hit.number);
  }
  EXPECT_GE(found, 990U);  // of 1,000
}

TEST_P(VectorIndexTest, ForgetsWhatIsRemoved) {
  index.add(numbered(vectors, 0));
  std::vector<VectorIndex::Number> removed;
  for (VectorIndex::Number i = 0; i < many; i += 2) removed.push_back(i);
  index.remove(removed);
  index.remove(removed);
  EXPECT_EQ(index.size(), many / 2);
  EXPECT_TRUE(index.find(10).empty());
  EXPECT_TRUE(std::ranges::equal(index.find(11), vectors[11]));
  for (std::size_t i = 0; i < vectors.size(); i += 50) {
    for (const auto& hit : index.nearest(vectors[i], 20)) EXPECT_EQ(hit.number % 2, 1U);
    EXPECT_EQ(index.nearest_exactly(vectors[i + 1], 1).front().number, i + 1);
  }
  // And takes more afterwards.
  const auto more = grouped(500, 9);
  index.add(numbered(more, 5000));
  EXPECT_EQ(index.nearest(more[7], 1).front().number, 5007U);
}

TEST_P(VectorIndexTest, SearchesAmongSomeOnly) {
  index.add(numbered(vectors, 0));
  const VectorIndex::Number one = many / 2;
  const std::vector<VectorIndex::Number> some = {4, 8, one, 99'999};
  const auto hits = index.nearest_among(vectors[one], 10, some);
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(hits.front().number, one);
}

TEST_P(VectorIndexTest, KnowsNothingOfNothing) {
  EXPECT_TRUE(index.nearest(vectors[0], 5).empty());
  EXPECT_TRUE(index.nearest_exactly(vectors[0], 5).empty());
  index.add(numbered({Bytes(dimensions, 0)}, 1));
  EXPECT_EQ(index.nearest(vectors[0], 5).front().likeness, 0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, VectorIndexTest, testing::Values(std::size_t{100'000}, many / 3),
                         [](const auto& size) { return size.param > many ? "Exact" : "Graph"; });

TEST(VectorIndexFile, IsTheSameAfterARestart) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "graph";
  const auto vectors = grouped(many, 3);
  VectorIndex index(options(many / 3));
  index.add(numbered(vectors, 0));
  index.remove(std::vector<VectorIndex::Number>{17});
  index.save(path);
  VectorIndex loaded = VectorIndex::load(path, options(many / 3));
  EXPECT_EQ(loaded.size(), many - 1);
  for (std::size_t i = 0; i < vectors.size(); i += 100) {
    EXPECT_EQ(loaded.nearest(vectors[i], 10), index.nearest(vectors[i], 10));
  }
  EXPECT_TRUE(loaded.find(17).empty());
  const auto more = grouped(many / 2, 8);
  loaded.add(numbered(more, 10'000));
  EXPECT_EQ(loaded.nearest(more[5], 1).front().number, 10'005U);
}

TEST(VectorIndexFile, IsNotTrustedWhenItIsAnother) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "graph";
  VectorIndex index(options(100));
  index.add(numbered(grouped(500, 3), 0));
  index.save(path);
  EXPECT_THROW(VectorIndex::load(path, {.dimensions = 32}), Error);
  EXPECT_THROW(VectorIndex::load(directory.path() / "none", options(100)), Error);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5000);
  file.put('x');
  file.close();
  EXPECT_THROW(VectorIndex::load(path, options(100)), Error);
  std::filesystem::resize_file(path, 4000);
  EXPECT_THROW(VectorIndex::load(path, options(100)), Error);
}

}  // namespace
}  // namespace heaters::search
