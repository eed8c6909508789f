#include "media/proxy_ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heaters::media {
namespace {

using testing::HasSubstr;

MediaInfo playable() {
  MediaInfo info;
  info.container = "mp4";
  info.video.codec = "h264";
  info.video.pixel_format = "yuv420p";
  info.video.is_planar_420 = true;
  info.video.width = 1920;
  info.video.height = 1080;
  info.video.bit_rate = 6'000'000;
  info.audio = AudioStreamInfo{.codec = "aac"};
  return info;
}

ProxyDecision decide(const MediaInfo& info, std::optional<double> gap = 2.0) {
  return decide_proxy(info, gap ? std::optional(KeyframeScan{*gap, false}) : std::nullopt, ProxyLimits{});
}

TEST(ProxyLadder, WhatBrowsersPlayIsReused) {
  EXPECT_EQ(decide(playable()).rung, ProxyRung::Reuse);
  MediaInfo info = playable();
  info.audio.reset();
  EXPECT_EQ(decide(info).rung, ProxyRung::Reuse);
  info.container = "mov";
  EXPECT_EQ(decide(info).rung, ProxyRung::Reuse);
  std::swap(info.video.width, info.video.height);
  EXPECT_EQ(decide(info).rung, ProxyRung::Reuse);
}

TEST(ProxyLadder, AnotherContainerIsRemuxed) {
  for (const char* container : {"matroska", "mpegts", "flv"}) {
    MediaInfo info = playable();
    info.container = container;
    EXPECT_EQ(decide(info).rung, ProxyRung::Remux);
    EXPECT_THAT(decide(info).reason, HasSubstr(container));
  }
  MediaInfo fragmented = playable();
  fragmented.is_fragmented = true;
  EXPECT_EQ(decide(fragmented).rung, ProxyRung::Remux);
}

TEST(ProxyLadder, OtherSoundIsEncodedAlone) {
  MediaInfo info = playable();
  info.audio->codec = "ac3";
  EXPECT_EQ(decide(info).rung, ProxyRung::AudioOnly);
  EXPECT_THAT(decide(info).reason, HasSubstr("ac3"));
}

TEST(ProxyLadder, EveryObstacleOfTheVideoEncodesAndIsNamed) {
  const auto refused = [](const std::function<void(MediaInfo&)>& change, std::optional<double> gap = 2.0) {
    MediaInfo info = playable();
    change(info);
    const ProxyDecision decision = decide(info, gap);
    EXPECT_EQ(decision.rung, ProxyRung::Encode) << decision.reason;
    return decision.reason;
  };
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.codec = "hevc"; }), HasSubstr("hevc"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.bit_depth = 10; }), HasSubstr("10 bits"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.is_planar_420 = false; }), HasSubstr("4:2:0"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.is_interlaced = true; }), HasSubstr("interlaced"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.is_hdr = true; }), HasSubstr("HDR"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.height = 1440; }), HasSubstr("1920x1440"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.video.bit_rate = 90'000'000; }), HasSubstr("90.0 Mbit/s"));
  EXPECT_THAT(refused([](MediaInfo&) {}, 30.0), HasSubstr("30.0 s apart"));
  EXPECT_THAT(refused([](MediaInfo& i) { i.container = "avi"; }), HasSubstr("avi"));
  EXPECT_THAT(refused([](MediaInfo& i) {
                i.container = "matroska";
                i.video.has_trimmed_frames = true;
              }),
              HasSubstr("edit list"));
}

// x264's default of 250 frames, at the rates of film: the most common keyframe interval there is.
TEST(ProxyLadder, TheDefaultKeyframeIntervalOfX264IsShortEnough) {
  EXPECT_EQ(decide(playable(), 250 / 24.0).rung, ProxyRung::Reuse);
  EXPECT_EQ(decide(playable(), 250 * 1001 / 24000.0).rung, ProxyRung::Reuse);
}

TEST(ProxyLadder, AVideoThatBeginsHoursInIsMovedToZero) {
  MediaInfo info = playable();
  info.video.start_seconds = 1.5;
  EXPECT_EQ(decide(info).rung, ProxyRung::Reuse);
  EXPECT_EQ(timestamp_shift(info), 0);
  info.video.start_seconds = 95443;
  EXPECT_EQ(decide(info).rung, ProxyRung::Remux);
  EXPECT_EQ(timestamp_shift(info), -95443);
  info.video.start_seconds = -2;
  EXPECT_EQ(timestamp_shift(info), 2);
}

TEST(ProxyLadder, AnUnknownKeyframeGapIsTakenAsShort) {
  EXPECT_EQ(decide(playable(), std::nullopt).rung, ProxyRung::Reuse);
}

TEST(ProxyLadder, OpenGroupsOfPicturesAreEncoded) {
  MediaInfo info = playable();
  EXPECT_EQ(decide_proxy(info, KeyframeScan{1, false}, {}).rung, ProxyRung::Reuse);
  const auto decision = decide_proxy(info, KeyframeScan{1, true}, {});
  EXPECT_EQ(decision.rung, ProxyRung::Encode);
  EXPECT_NE(decision.reason.find("open"), std::string::npos);
}

}  // namespace
}  // namespace heaters::media
