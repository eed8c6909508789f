#include "media/waveform.h"

#include <gtest/gtest.h>

#include <cstring>

#include "media/av.h"

namespace heaters::media {
namespace {

class WaveformTest : public testing::Test {
 protected:
  void play(const std::vector<float>& samples, double start, int channels = 1) {
    sink.consume({*frame, samples, channels, 1000, start});
  }
  std::vector<int> peaks() {
    sink.finish();
    std::vector<int> result;
    const auto bytes = sink.encode();
    for (std::size_t i = 20; i < bytes.size(); ++i) result.push_back(static_cast<std::int8_t>(bytes[i]));
    return result;
  }

  UniqueFrame frame = make_frame();
  WaveformSink sink;
};

TEST_F(WaveformTest, HoldsTheExtremesOfEveryFiftiethOfASecond) {
  std::vector<float> samples(40, 0.0F);  // 20 samples a pixel at 1000/s
  samples[3] = 0.5F;
  samples[7] = -1.0F;
  samples[25] = 1.0F;
  play(samples, 0);
  EXPECT_EQ(peaks(), (std::vector<int>{-128, 64, 0, 127}));
}

TEST_F(WaveformTest, HeaderIsThatOfAudiowaveform) {
  play(std::vector<float>(40, 0.25F), 3.5);
  sink.finish();
  const auto bytes = sink.encode();
  ASSERT_EQ(bytes.size(), 20U + 4);
  std::array<std::uint32_t, 5> header{};
  std::memcpy(header.data(), bytes.data(), sizeof header);
  EXPECT_EQ(header, (std::array<std::uint32_t, 5>{1, 1, 1000, 20, 2}));
  EXPECT_DOUBLE_EQ(sink.start_seconds(), 3.5);
}

TEST_F(WaveformTest, GapsAreSilenceAndStayInPlace) {
  play(std::vector<float>(20, 0.5F), 0);
  play(std::vector<float>(20, 0.5F), 0.22);
  const auto drawn = peaks();
  ASSERT_EQ(drawn.size(), 24U);
  EXPECT_EQ(drawn[1], 64);
  EXPECT_EQ(drawn[11], 0);
  EXPECT_EQ(drawn[23], 64);
}

TEST_F(WaveformTest, ChannelsAreAveraged) {
  play({0.5F, -0.5F, 0.5F, 0.5F}, 0, 2);
  EXPECT_EQ(peaks(), (std::vector<int>{0, 64}));
}

TEST_F(WaveformTest, NoSoundIsNoFile) {
  sink.finish();
  EXPECT_TRUE(sink.encode().empty());
}

}  // namespace
}  // namespace heaters::media
