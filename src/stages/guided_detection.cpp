#include "stages/guided_detection.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

#include "media/demuxer.h"
#include "media/group_scan.h"
#include "shots/shot_detector.h"
#include "stages/group_lane.h"
#include "stages/group_pictures.h"

namespace heaters::stages {

namespace {

// The file holds something else than its packets said.
struct OtherThanScanned {};

// Groups in a row, for one lane.
struct GroupRun {
  std::size_t begin;
  std::size_t end;
};

// Unless a group has more.
constexpr FrameNumber most_run_frames = 1000;

// Long, for at the seams a keyframe is decoded twice, but so that there are some for each lane.
std::vector<GroupRun> runs_of(const media::GroupScan& scan, std::size_t lanes) {
  constexpr FrameNumber runs_of_a_lane = 4;
  const auto frames = static_cast<FrameNumber>(scan.pts.size());
  const FrameNumber wanted =
      std::min(most_run_frames, frames / (runs_of_a_lane * static_cast<FrameNumber>(lanes)));
  std::vector<GroupRun> runs;
  for (std::size_t group = 0; group < scan.groups(); ++group) {
    if (runs.empty() || scan.keyframes[group] - scan.keyframes[runs.back().begin] >= wanted)
      runs.push_back({group, group});
    runs.back().end = group + 1;
  }
  return runs;
}

// Lanes that decode groups side by side, each with a decoder of its own on a thread of its own.
class Lanes {
 public:
  Lanes(const std::filesystem::path& path, const media::GroupScan& scan, std::size_t count,
        const std::stop_token& stop)
      : path_(path),
        scan_(scan),
        runs_(runs_of(scan, count)),
        pictures_(count * static_cast<std::size_t>(most_run_frames)),
        stop_callback_(stop, [this] { end(); }) {
    threads_.reserve(count);
    try {
      for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // Fewer do as well.
      if (threads_.empty()) throw;
    }
  }

  ~Lanes() { end(); }
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  // As GroupPictures::next. Throws OtherThanScanned.
  std::optional<GroupPictures::Picture> next(std::size_t group) { return pictures_.next(group); }

 private:
  // Who waits to give a picture gives none any more.
  void end() {
    ending_.request_stop();
    pictures_.close();
  }

  void work() {
    std::size_t run = next_++;
    if (run >= runs_.size()) return;
    std::size_t group = runs_[run].begin;
    try {
      GroupLane lane(path_, scan_, pictures_, ending_.get_token());
      for (; run < runs_.size(); run = next_++) {
        for (group = runs_[run].begin; group < runs_[run].end; ++group) {
          if (!lane.look_at(group)) throw OtherThanScanned();
          pictures_.end(group);
        }
      }
    } catch (...) {
      pictures_.fail(group, std::current_exception());
    }
  }

  const std::filesystem::path& path_;
  const media::GroupScan& scan_;
  const std::vector<GroupRun> runs_;
  GroupPictures pictures_;
  std::stop_source ending_;
  std::stop_callback<std::function<void()>> stop_callback_;
  std::atomic<std::size_t> next_ = 0;
  std::vector<std::jthread> threads_;
};

std::size_t lane_count(media::DecodingThreads threads, const media::GroupScan& scan,
                       const media::VideoStreamInfo& video) {
  if (threads == media::DecodingThreads::One) return 1;
  // Each holds the pictures that two decoders refer to.
  constexpr std::int64_t most_pixels = 16'000'000;
  const std::int64_t pixels = std::max<std::int64_t>(1, std::int64_t{video.width} * video.height);
  const auto most = static_cast<std::size_t>(std::clamp<std::int64_t>(most_pixels / pixels, 1, 8));
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  return std::min({most, cores, scan.groups()});
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
  const auto scan = media::scan_groups(demuxer, stop);
  if (!scan) return std::nullopt;
  FrameNumber decoded = 0;
  shots::ShotDetector detector;
  try {
    Lanes lanes(path, *scan, lane_count(threads, *scan, demuxer.info().video), stop);
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
