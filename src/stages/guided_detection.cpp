#include "stages/guided_detection.h"

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>
#include <vector>

#include "media/demuxer.h"
#include "media/group_scan.h"
#include "shots/group_choice.h"
#include "shots/shot_detector.h"
#include "stages/group_lane.h"
#include "stages/group_pictures.h"
#include "stages/small_picture_reader.h"

namespace heaters::stages {

namespace {

// The file holds something else than its packets said.
struct OtherThanScanned {};

// The packets of a video, and small pictures of those keyframes that may settle a group.
class KeyframeReader : public media::GroupScanListener {
 public:
  std::optional<media::GroupScan> read(media::Demuxer& demuxer, const std::stop_token& stop) {
    auto scan = media::scan_groups(demuxer, stop, *this);
    if (scan) keyframes.resize(scan->groups());
    return scan;
  }

  Keyframes keyframes;
  FrameNumber decoded = 0;

 private:
  media::KeyframesWanted wanted(std::span<const std::uint32_t> bytes, std::uint32_t keyframe_bytes) override {
    const bool has_calm_end = shots::has_calm_end(bytes, keyframe_bytes);
    return {.own = has_calm_end && shots::is_calm(bytes, keyframe_bytes), .next = has_calm_end};
  }

  void on_keyframe(const media::Frame& frame) override {
    const auto group = static_cast<std::size_t>(frame.number());
    keyframes.resize(std::max(keyframes.size(), group + 1));
    keyframes[group] = std::make_unique<shots::SmallPicture>(pictures_.read(frame));
    ++decoded;
  }

  SmallPictureReader pictures_;
};

// Lanes that decode groups side by side, each with a decoder of its own on a thread of its own.
class Lanes {
 public:
  Lanes(const std::filesystem::path& path, const media::GroupScan& scan, const Keyframes& keyframes,
        std::size_t count, const std::stop_token& stop)
      : path_(path),
        scan_(scan),
        keyframes_(keyframes),
        stop_callback_(stop, [this] { ending_.request_stop(); }) {
    threads_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }

  ~Lanes() {
    pictures_.close();
    ending_.request_stop();
  }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // As GroupPictures::next. Throws OtherThanScanned.
  std::optional<GroupPictures::Picture> next(std::size_t group) { return pictures_.next(group); }

 private:
  void work() {
    std::size_t group = next_++;
    try {
      GroupLane lane(path_, scan_, keyframes_, pictures_, ending_.get_token());
      for (; group < scan_.groups(); group = next_++) {
        if (!lane.look_at(group)) throw OtherThanScanned();
        pictures_.end(group);
      }
    } catch (...) {
      pictures_.fail(group, std::current_exception());
    }
  }

  const std::filesystem::path& path_;
  const media::GroupScan& scan_;
  const Keyframes& keyframes_;
  GroupPictures pictures_;
  std::stop_source ending_;
  std::stop_callback<std::function<void()>> stop_callback_;
  std::atomic<std::size_t> next_ = 0;
  std::vector<std::jthread> threads_;
};

std::size_t lane_count(media::DecodingThreads threads, std::size_t groups) {
  if (threads == media::DecodingThreads::One) return 1;
  constexpr std::size_t most = 16;
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min({most, cores, groups});
}

media::FrameTable table_of(const media::GroupScan& scan, Rational time_base) {
  media::FrameTable table(time_base);
  for (std::size_t group = 0; group < scan.groups(); ++group) {
    const FrameSpan span = scan.group(group);
    for (FrameNumber frame = span.begin; frame < span.end; ++frame) {
      table.append({.pts = scan.pts[static_cast<std::size_t>(frame)],
                    .bytes = scan.bytes[static_cast<std::size_t>(frame)],
                    .is_keyframe = frame == span.begin});
    }
  }
  return table;
}

}  // namespace

std::optional<Detection> detect_guided(const std::filesystem::path& path, media::DecodingThreads threads,
                                       const std::stop_token& stop, const ProgressListener& on_progress) {
  media::Demuxer demuxer(path, stop);
  ProgressThrottle progress("detect", "frames", demuxer.info().video.frame_count_hint, on_progress);
  KeyframeReader keyframes;
  const auto scan = keyframes.read(demuxer, stop);
  if (!scan) return std::nullopt;
  FrameNumber decoded = keyframes.decoded;
  shots::ShotDetector detector;
  try {
    Lanes lanes(path, *scan, keyframes.keyframes, lane_count(threads, scan->groups()), stop);
    FrameNumber pushed = 0;
    for (std::size_t group = 0; group < scan->groups(); ++group) {
      while (const auto picture = lanes.next(group)) {
        detector.push_after(picture->frame - pushed, picture->small);
        pushed = picture->frame + 1;
        ++decoded;
      }
      const FrameNumber end = scan->group(group).end;
      detector.skip(end - pushed);
      pushed = end;
      progress.update(end);
    }
  } catch (const OtherThanScanned&) {
    return std::nullopt;
  }
  progress.finish(static_cast<FrameNumber>(scan->pts.size()));
  return Detection{.frame_rate = demuxer.info().video.frame_rate,
                   .frame_table = table_of(*scan, demuxer.info().video.time_base),
                   .curve = detector.finish(),
                   .decoded_frames = decoded};
}

}  // namespace heaters::stages
