#include "looks/look_track.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "looks/look_recorder.h"

namespace heaters::looks {
namespace {

Look pointing_at(std::size_t dimension) {
  Look look{};
  look[dimension] = 127;
  return look;
}

LookTrack three() {
  return {.samples = {{0, pointing_at(0)}, {30, pointing_at(1)}, {60, pointing_at(2)}}};
}

TEST(LookTrack, ComesBackFromItsBytes) {
  EXPECT_EQ(LookTrack::decode(three().encode()), three());
  EXPECT_EQ(LookTrack::decode(LookTrack{}.encode()), LookTrack{});
}

TEST(LookTrack, RefusesDamage) {
  const auto bytes = three().encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(LookTrack::decode(std::span(bytes).first(length)), Error) << length;
  }
  auto longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_THROW(LookTrack::decode(longer), Error);
}

TEST(LookTrack, TellsOfASpanWhatIsInItElseWhatWasBefore) {
  const LookTrack track = three();
  EXPECT_NEAR(likeness(track.look_of({0, 30}), pointing_at(0)), 1, 1e-3);
  EXPECT_NEAR(likeness(track.look_of({30, 90}), pointing_at(1)), 0.707, 1e-2);
  EXPECT_NEAR(likeness(track.look_of({40, 50}), pointing_at(1)), 1, 1e-3);
  EXPECT_NEAR(likeness(track.look_of({70, 80}), pointing_at(2)), 1, 1e-3);
  EXPECT_EQ(LookTrack{}.look_of({0, 10}), Look{});
}

shots::SmallPicture flat(std::uint8_t level) {
  shots::SmallPicture picture;
  picture.y.fill(level);
  picture.u.fill(128);
  picture.v.fill(128);
  return picture;
}

TEST(LookRecorder, SamplesFiveTimesASecondAndBehindEveryChange) {
  LookRecorder recorder;
  for (int frame = 0; frame < 100; ++frame) {
    recorder.push(flat(100), frame / 25.0, frame == 30 || frame == 31 ? 0.9F : 0.0F);
  }
  const LookTrack track = recorder.finish();
  std::vector<FrameNumber> frames;
  frames.reserve(track.samples.size());
  for (const auto& sample : track.samples) frames.push_back(sample.frame);
  EXPECT_EQ(frames, (std::vector<FrameNumber>{0,  5,  10, 15, 20, 25, 30, 31, 36, 41, 46,
                                              51, 56, 61, 66, 71, 76, 81, 86, 91, 96}));
}

// Memory does not grow with the scene; nothing is lost where the buffer begins anew.
TEST(LookRecorder, GoesOnThroughScenesOfAnyLength) {
  LookRecorder recorder;
  for (int second = 0; second < 500; ++second) recorder.push(flat(90), second, 0);
  EXPECT_EQ(recorder.finish().samples.size(), 500U);
}

}  // namespace
}  // namespace heaters::looks
