// What GroupDecoder gives, leaves out and passes over, against what a whole pass decodes.
#include "media/group_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "fixtures/movie.h"
#include "media/demuxer.h"
#include "media/media_pass.h"
#include "media/sinks.h"
#include "media/yuv_reader.h"

namespace heaters {
namespace {

using fixtures::Movie;
using media::Frame;
using media::GroupScan;

using Pictures = std::map<FrameNumber, std::string>;  // luma, by frame

std::string luma_of(const Frame& frame) {
  media::YuvReader reader;
  const Plane y = reader.read(frame).y;
  std::string samples;
  for (int row = 0; row < y.height; ++row) {
    const std::uint8_t* const line = y.data + row * y.stride;
    samples.append(line, line + y.width);
  }
  return samples;
}

double mean_difference(const std::string& a, const std::string& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += std::abs(int{static_cast<std::uint8_t>(a[i])} - int{static_cast<std::uint8_t>(b[i])});
  return sum / static_cast<double>(a.size());
}

class PictureSink : public media::FrameSink {
 public:
  void consume(const Frame& frame) override { pictures[frame.number()] = luma_of(frame); }
  void finish() override {}

  Pictures pictures;
};

Pictures decode_all(const std::filesystem::path& path) {
  media::Demuxer demuxer(path);
  PictureSink sink;
  media::run_media_pass(demuxer, {.frames = {&sink}, .audio = {}, .packets = {}}, {}, {});
  return sink.pictures;
}

class Listener : public media::GroupListener {
 public:
  bool wants_next_keyframe(std::size_t /*group*/) override { return looks_ahead; }

  void on_picture(const Frame& frame) override {
    std::string luma = luma_of(frame);
    const auto [known, is_new] = pictures.try_emplace(frame.number(), luma);
    order.push_back(frame.number());
    if (is_new) return;
    EXPECT_TRUE(known->second == luma) << frame.number();
    again.push_back(frame.number());
  }
  bool may_leave_out(FrameNumber /*frame*/) override { return leaves_out; }
  bool wants_more(FrameNumber next) override {
    last = next;
    return next < enough;
  }

  bool looks_ahead = true;
  bool leaves_out = false;
  FrameNumber enough = INT64_MAX;
  FrameNumber last = 0;
  Pictures pictures;
  std::vector<FrameNumber> order;
  std::vector<FrameNumber> again;  // those that had come before
};

class GroupDecoderTest : public testing::Test {
 protected:
  GroupScan scan(const std::string& name, const std::vector<std::string>& options) {
    path_ = directory_.path() / name;
    movie().write(path_, options);
    whole_ = decode_all(path_);
    media::Demuxer demuxer(path_);
    auto scan = media::scan_groups(demuxer, {});
    EXPECT_TRUE(scan.has_value()) << name;
    return scan ? std::move(*scan) : GroupScan{};
  }

  static Movie movie() { return Movie().pan(10, 3).shot(1, 40).pan(30, 2).shot(2, 40); }

  void expect_pictures_of_the_whole(std::string_view name) const {
    for (const auto& [number, picture] : listener_.pictures) {
      EXPECT_TRUE(picture == whole_.at(number)) << name << ", frame " << number;
    }
  }

  const TemporaryDirectory directory_;
  std::filesystem::path path_;
  Pictures whole_;
  Listener listener_;
};

struct Form {
  std::string name;
  std::vector<std::string> options;
  bool in_decoding_order;
  bool begins_keyframes_once;  // when the next one is looked at ahead
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all = {
      {"pyramid.mp4",
       {"-c:v", "libx264", "-x264-params", "keyint=24:scenecut=0:bframes=3:b-pyramid=normal"},
       true,
       true},
      {"stream.ts", {"-c:v", "libx264", "-x264-params", "keyint=30:bframes=2:slices=4"}, true, true},
      {"hevc.mkv",
       {"-c:v", "libx265", "-x265-params", "keyint=24:open-gop=0:bframes=3:log-level=none"},
       true,
       true},
      // Its keyframes name references from before them, which nothing needs.
      {"clean_random_access.mkv",
       {"-c:v", "libx265", "-x265-params", "keyint=24:open-gop=1:bframes=4:log-level=none"},
       true,
       false},
      {"vp9.webm",
       {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "24"},
       false,
       true},
      {"mpeg2.mkv", {"-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-q:v", "2"}, false, false}};
  return all;
}

TEST_F(GroupDecoderTest, AllThatIsWantedIsAsAWholePassDecodesIt) {
  for (const auto& [name, options, in_decoding_order, begins_once] : forms()) {
    const GroupScan groups = scan(name, options);
    ASSERT_GE(groups.groups(), 3U) << name;
    for (const bool looks_ahead : {false, true}) {
      listener_ = {};
      listener_.looks_ahead = looks_ahead;
      media::GroupDecoder decoder(path_, groups, media::Deblocking::ReferencedOnly, {});
      for (std::size_t i = 0; i < groups.groups(); ++i) {
        ASSERT_TRUE(decoder.decode(i, listener_)) << name;
        EXPECT_EQ(listener_.last, groups.group(i).end) << name;
        EXPECT_TRUE(!looks_ahead || i + 1 == groups.groups() ||
                    listener_.pictures.contains(groups.keyframes[i + 1]))
            << name;
      }
      EXPECT_EQ(listener_.pictures.size(), whole_.size()) << name;
      expect_pictures_of_the_whole(name);
      if (!looks_ahead) {
        EXPECT_NE(std::is_sorted(listener_.order.begin(), listener_.order.end()), in_decoding_order) << name;
      }
      EXPECT_EQ(listener_.again.empty(), !looks_ahead || begins_once) << name;
    }
  }
}

TEST_F(GroupDecoderTest, WhatNoOtherFrameNeedsIsLeftOut) {
  for (const auto& [name, options, in_decoding_order, begins_once] : forms()) {
    listener_ = {};
    const GroupScan groups = scan(name, options);
    listener_.leaves_out = true;
    listener_.looks_ahead = false;
    media::GroupDecoder decoder(path_, groups, media::Deblocking::ReferencedOnly, {});
    for (std::size_t i = 0; i < groups.groups(); ++i) ASSERT_TRUE(decoder.decode(i, listener_)) << name;
    EXPECT_EQ(listener_.last, static_cast<FrameNumber>(whole_.size())) << name;
    expect_pictures_of_the_whole(name);
    for (const FrameNumber keyframe : groups.keyframes)
      EXPECT_TRUE(listener_.pictures.contains(keyframe)) << name;
    // Only where what was decoded is known before the next frame is.
    const auto most = in_decoding_order ? whole_.size() * 3 / 4 : whole_.size();
    EXPECT_LE(listener_.pictures.size(), most) << name;
    if (!in_decoding_order) {
      EXPECT_EQ(listener_.pictures.size(), whole_.size()) << name;
    }
  }
}

// At a recovery point of H.264 a picture builds up, and before an I frame that is no IDR picture others are
// shown.
TEST_F(GroupDecoderTest, WhereNobodyCouldBeginNothingIsPassedOver) {
  for (const std::string form : {"intra-refresh=1:keyint=24", "open-gop=1:keyint=24:scenecut=0:bframes=3"}) {
    path_ = directory_.path() / "a.mkv";
    movie().write(path_, {"-c:v", "libx264", "-x264-params", form, "-y"});
    media::Demuxer demuxer(path_);
    EXPECT_FALSE(media::scan_groups(demuxer, {}).has_value()) << form;
  }
}

// The palette comes with the first packet alone.
TEST_F(GroupDecoderTest, WhatALaterPacketNeedsOfTheFirstIsNotPassedOver) {
  path_ = directory_.path() / "palette.mov";
  movie().write(path_, {"-pix_fmt", "pal8", "-c:v", "rawvideo"});
  media::Demuxer demuxer(path_);
  EXPECT_FALSE(media::scan_groups(demuxer, {}).has_value());
}

TEST_F(GroupDecoderTest, PacketsWithoutAPictureAreNoFrames) {
  path_ = directory_.path() / "hidden.ivf";
  movie().write(path_, {"-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "24"});
  std::string bytes = read_text_file(path_);
  {
    media::Demuxer demuxer(path_);
    EXPECT_TRUE(media::scan_groups(demuxer, {}).has_value());
  }
  // The sixth frame is not to be shown: RFC 6386, section 9.1. An IVF file begins with 32 bytes, a frame with
  // its size and 8 more.
  std::size_t at = 32;
  for (int frame = 0; frame < 5; ++frame) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + at, sizeof size);
    at += 12 + size;
  }
  bytes[at + 12] = static_cast<char>(bytes[at + 12] & ~0x10);
  write_text_file(path_, bytes);
  media::Demuxer demuxer(path_);
  EXPECT_FALSE(media::scan_groups(demuxer, {}).has_value());
}

// The filters of AV1 are left out by a decoder of our own: what it gives is nearly what all of it gives.
TEST_F(GroupDecoderTest, Av1WithoutItsFiltersIsNearlyTheSame) {
  for (const std::string pixels : {"yuv420p", "yuv444p", "yuv420p10le", "gray"}) {
    listener_ = {};
    const GroupScan groups = scan(pixels + ".mkv", {"-pix_fmt", pixels, "-c:v", "libaom-av1", "-usage",
                                                    "realtime", "-cpu-used", "8", "-g", "24", "-crf", "40"});
    ASSERT_GE(groups.groups(), 3U) << pixels;
    media::GroupDecoder decoder(path_, groups, media::Deblocking::None, {});
    // With one passed over.
    listener_.looks_ahead = false;
    for (const std::size_t group : {std::size_t{0}, std::size_t{2}})
      ASSERT_TRUE(decoder.decode(group, listener_)) << pixels;
    const FrameSpan third = groups.group(2);
    EXPECT_EQ(listener_.pictures.size(),
              static_cast<std::size_t>(groups.group(0).end + third.end - third.begin))
        << pixels;
    int differing = 0;
    for (const auto& [number, picture] : listener_.pictures) {
      const std::string& whole = whole_.at(number);
      ASSERT_EQ(picture.size(), whole.size()) << pixels << ", frame " << number;
      EXPECT_LT(mean_difference(picture, whole), 4) << pixels << ", frame " << number;
      if (picture != whole) ++differing;
    }
    EXPECT_GT(differing, 0) << pixels;  // or nothing was left out
  }
}

TEST_F(GroupDecoderTest, PartsOfGroupsAreDecodedAndGroupsArePassedOver) {
  for (const auto& [name, options, in_decoding_order, begins_once] : forms()) {
    listener_ = {};
    const GroupScan groups = scan(name, options);
    ASSERT_GE(groups.groups(), 4U) << name;
    media::GroupDecoder decoder(path_, groups, media::Deblocking::ReferencedOnly, {});
    for (std::size_t i = 0; i < groups.groups(); ++i) {
      if (i % 3 == 2) continue;  // whose keyframe has been looked at
      const FrameSpan span = groups.group(i);
      listener_.enough = span.begin + 5;
      ASSERT_TRUE(decoder.decode(i, listener_)) << name;
      EXPECT_EQ(listener_.last, std::min(span.end, span.begin + 5)) << name;
      for (FrameNumber frame = span.begin; frame < listener_.last; ++frame)
        EXPECT_TRUE(listener_.pictures.contains(frame)) << name << ", frame " << frame;
    }
    expect_pictures_of_the_whole(name);
    EXPECT_LT(listener_.pictures.size(), whole_.size() / 2) << name;
  }
}

}  // namespace
}  // namespace heaters
