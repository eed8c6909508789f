#include "encoders/encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "fixtures/colour_model.h"

namespace heaters::encoders {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::SizeIs;

constexpr int side = 32;  // of the pictures that colour_model.py takes

double cosine(const Vector& a, const Vector& b) {
  double product = 0;
  double square_a = 0;
  double square_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    square_a += static_cast<double>(a[i]) * a[i];
    square_b += static_cast<double>(b[i]) * b[i];
  }
  return product / std::sqrt(square_a * square_b);
}

std::vector<std::uint8_t> plain(std::uint8_t red, std::uint8_t green, std::uint8_t blue, int count = 1) {
  std::vector<std::uint8_t> rgb;
  const auto pixels = static_cast<std::size_t>(count) * side * side;
  rgb.reserve(pixels * 3);
  for (std::size_t i = 0; i < pixels; ++i) rgb.insert(rgb.end(), {red, green, blue});
  return rgb;
}

// Real models in real workers: torch, and OpenCV for ONNX. The models are made once.
class EncoderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = std::make_unique<TemporaryDirectory>();
    for (const std::string kind : {"torchscript", "onnx"}) fixtures::write_colour_model(kind, model(kind));
  }
  static void TearDownTestSuite() { folder.reset(); }

  static fs::path model(const std::string& kind) { return folder->path() / ("colour." + kind); }

  static sidecar::PoolOptions options(int size) {
    return {.command = {"/usr/bin/python3", "-m", "heaters_worker", encoder_module},
            .environment = {"PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1",
                            "PYTHONPATH=" HEATERS_SOURCE_DIR "/python"},
            .configuration = {{"threads", 1}},
            .size = size,
            .recycle_bytes = std::uint64_t{4} << 30,
            .most_bytes = std::uint64_t{8} << 30};
  }

  static Error refusal(const fs::path& path) {
    sidecar::WorkerPool pool(options(1));
    try {
      const Encoder encoder(pool, path, {});
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << path << " is taken for a model";
    return {ErrorKind::Internal, ""};
  }

  static inline std::unique_ptr<TemporaryDirectory> folder;
};

TEST_F(EncoderTest, PicturesAndTextsShareDirections) {
  sidecar::WorkerPool pool(options(1));
  Encoder encoder(pool, model("torchscript"), {});
  EXPECT_THAT(encoder.facts().runtime, HasSubstr("torch"));
  EXPECT_EQ(encoder.facts().width, side);
  EXPECT_EQ(encoder.facts().dimensions, 16U);
  EXPECT_TRUE(encoder.facts().has_text);
  EXPECT_THAT(encoder.facts().digest, SizeIs(64));
  auto both = plain(220, 20, 10);
  const auto blue = plain(5, 5, 200);
  both.insert(both.end(), blue.begin(), blue.end());
  const auto seen = encoder.images(both, 2, {});
  ASSERT_THAT(seen, SizeIs(2));
  const Vector red_text = encoder.text("a red car", {});
  EXPECT_GT(cosine(seen[0], red_text), 0.9);
  EXPECT_LT(cosine(seen[1], red_text), 0);
  EXPECT_GT(cosine(seen[1], encoder.text("the blue sea", {})), 0.9);
}

TEST_F(EncoderTest, OnnxSaysTheSameOfPictures) {
  sidecar::WorkerPool pool(options(1));
  Encoder script(pool, model("torchscript"), {});
  Encoder onnx(pool, model("onnx"), {});
  EXPECT_NE(onnx.facts().digest, script.facts().digest);
  EXPECT_FALSE(onnx.facts().has_text);
  const auto picture = plain(10, 200, 90, 3);
  const auto seen = onnx.images(picture, 3, {});
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_GT(cosine(seen[2], script.images(picture, 3, {})[0]), 0.999);
  EXPECT_THROW(onnx.text("green", {}), Error);
}

TEST_F(EncoderTest, EachWorkerLoadsAModelOnce) {
  sidecar::WorkerPool pool(options(2));
  std::mutex mutex;
  std::map<int, std::set<int>> loads;  // by process
  const auto ask = [&] {
    for (int i = 0; i < 10; ++i) {
      const Json answer = pool.run(
          {.task = "encoder.describe", .arguments = {{"path", model("torchscript").string()}}}, {}, {});
      const std::lock_guard lock(mutex);
      loads[answer["pid"].get<int>()].insert(answer["loads"].get<int>());
    }
  };
  {
    const std::jthread one(ask);
    const std::jthread other(ask);
  }
  EXPECT_EQ(pool.started(), 2);
  EXPECT_THAT(loads, SizeIs(2));
  for (const auto& [pid, counts] : loads) EXPECT_EQ(counts, std::set<int>{1});
}

TEST_F(EncoderTest, AModelThatIsReplacedIsNoticed) {
  const fs::path path = folder->path() / "changing.pt";
  fs::copy_file(model("torchscript"), path);
  fs::copy_file(model("torchscript").string() + ".json", path.string() + ".json");
  sidecar::WorkerPool pool(options(1));
  Encoder encoder(pool, path, {});
  EXPECT_THAT(encoder.images(plain(1, 2, 3), 1, {}), SizeIs(1));
  // The settings count: other numbers come out.
  write_text_file(path.string() + ".json",
                  R"({"width": 32, "height": 32, "mean": [0, 0, 0], "std": [2, 1, 1]})");
  try {
    encoder.images(plain(1, 2, 3), 1, {});
    FAIL() << "another model went unnoticed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Conflict);
  }
}

TEST_F(EncoderTest, WhatIsNoModelIsRefused) {
  const auto write = [&](const char* name, const std::string& text) {
    write_text_file(folder->path() / name, text);
    return folder->path() / name;
  };
  EXPECT_EQ(refusal(folder->path() / "none.pt").kind(), ErrorKind::NotFound);
  EXPECT_EQ(refusal(write("text.onnx", "not a model")).kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(refusal(write("empty.pt", "")).kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(refusal(write("zip.pt", "PK\x03\x04 and nothing more")).kind(), ErrorKind::InvalidInput);
  // One cut short.
  const std::string whole = read_text_file(model("torchscript"));
  EXPECT_EQ(refusal(write("half.pt", whole.substr(0, whole.size() / 2))).kind(), ErrorKind::InvalidInput);
  // Settings that are none.
  fs::copy_file(model("torchscript"), folder->path() / "odd.pt");
  write("odd.pt.json", R"({"width": "wide"})");
  EXPECT_THAT(refusal(folder->path() / "odd.pt").what(), HasSubstr("\"width\""));
  // A picture of another size than it takes.
  write("odd.pt.json", R"({"width": 8, "height": 8})");
  EXPECT_THAT(refusal(folder->path() / "odd.pt").what(), HasSubstr("8x8"));
}

TEST(MeanDirection, CountsEachTheSame) {
  const std::vector<Vector> some = {{127, 0}, {0, 1}};
  EXPECT_EQ(mean_direction(some), (Vector{127, 127}));
  const std::vector<Vector> nothing = {{0, 0}};
  EXPECT_EQ(mean_direction(nothing), (Vector{0, 0}));
}

}  // namespace
}  // namespace heaters::encoders
