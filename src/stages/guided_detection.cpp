#include "stages/guided_detection.h"

#include <algorithm>
#include <span>
#include <vector>

#include "media/demuxer.h"
#include "media/group_decoder.h"
#include "media/group_scan.h"
#include "shots/cut_evidence.h"
#include "shots/group_choice.h"
#include "shots/shot_detector.h"
#include "stages/small_picture_reader.h"

namespace heaters::stages {

namespace {

class GuidedDetection {
 public:
  GuidedDetection(const std::filesystem::path& path, const std::stop_token& stop,
                  const ProgressListener& on_progress)
      : path_(path),
        stop_(stop),
        demuxer_(path, stop),
        progress_("detect", "frames", demuxer_.info().video.frame_count_hint, on_progress) {}

  std::optional<Detection> run() {
    auto scan = media::scan_groups(demuxer_, stop_,
                                   [&](const media::Frame& frame) { keyframes_.push_back(small(frame)); });
    if (!scan) return std::nullopt;
    scan_ = std::move(*scan);
    media::GroupDecoder decoder(path_, scan_, stop_);
    for (std::size_t group = 0; group < scan_.groups(); ++group) {
      if (!look_at(group, decoder)) return std::nullopt;
      progress_.update(scan_.group(group).end);
    }
    progress_.finish(static_cast<FrameNumber>(scan_.pts.size()));
    return Detection{.frame_rate = demuxer_.info().video.frame_rate,
                     .frame_table = table(),
                     .curve = detector_.finish(),
                     .decoded_frames = decoded_};
  }

 private:
  const shots::SmallPicture& small(const media::Frame& frame) {
    ++decoded_;
    return pictures_.read(frame);
  }

  bool look_at(std::size_t group, media::GroupDecoder& decoder) {
    const FrameSpan span = scan_.group(group);
    FrameNumber seen = span.begin;
    if (may_skip_after(group, span.begin, keyframes_[group])) {
      detector_.push(keyframes_[group]);
      ++seen;
    } else {
      const bool is_as_told = decoder.decode(group, [&](const media::Frame& frame) {
        const shots::SmallPicture& picture = small(frame);
        detector_.push(picture);
        ++seen;
        return !may_skip_after(group, frame.number(), picture);
      });
      if (!is_as_told) return false;
    }
    detector_.skip(span.end - seen);
    return true;
  }

  bool may_skip_after(std::size_t group, FrameNumber frame, const shots::SmallPicture& picture) const {
    const FrameSpan span = scan_.group(group);
    if (group + 1 >= scan_.groups() || frame + 1 >= span.end) return false;
    // A little more is needed to judge what was just seen.
    if (frame > span.begin && frame - span.begin < shots::evidence_reach) return false;
    const std::uint32_t keyframe_bytes =
        std::min(scan_.bytes[index(span.begin)], scan_.bytes[index(span.end)]);
    // From the frames before it on: a change whose judgement needs them.
    const FrameNumber from = std::max(span.begin + 1, frame + 1 - shots::evidence_reach);
    const std::span between(scan_.bytes.data() + from, index(span.end - from));
    return shots::may_pass_over(picture, keyframes_[group + 1], between, keyframe_bytes, kernels_);
  }

  static std::size_t index(FrameNumber frame) { return static_cast<std::size_t>(frame); }

  media::FrameTable table() const {
    media::FrameTable table(demuxer_.info().video.time_base);
    for (std::size_t group = 0; group < scan_.groups(); ++group) {
      const FrameSpan span = scan_.group(group);
      for (FrameNumber frame = span.begin; frame < span.end; ++frame) {
        table.append({.pts = scan_.pts[index(frame)],
                      .bytes = scan_.bytes[index(frame)],
                      .is_keyframe = frame == span.begin});
      }
    }
    return table;
  }

  const std::filesystem::path& path_;
  const std::stop_token& stop_;
  media::Demuxer demuxer_;
  ProgressThrottle progress_;
  media::GroupScan scan_;
  std::vector<shots::SmallPicture> keyframes_;
  SmallPictureReader pictures_;
  shots::ShotDetector detector_;
  const shots::Kernels& kernels_ = shots::kernels(shots::best_simd_level());
  FrameNumber decoded_ = 0;
};

}  // namespace

std::optional<Detection> detect_guided(const std::filesystem::path& path, const std::stop_token& stop,
                                       const ProgressListener& on_progress) {
  return GuidedDetection(path, stop, on_progress).run();
}

}  // namespace heaters::stages
