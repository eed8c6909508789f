#include "stages/guided_detection.h"

#include <algorithm>
#include <iterator>
#include <map>
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

// From one frame that is decoded to the next.
constexpr FrameNumber most_apart = 4;

class GuidedDetection : public media::GroupListener, public media::GroupScanListener {
 public:
  GuidedDetection(const std::filesystem::path& path, const std::stop_token& stop,
                  const ProgressListener& on_progress)
      : path_(path),
        stop_(stop),
        demuxer_(path, stop),
        progress_("detect", "frames", demuxer_.info().video.frame_count_hint, on_progress) {}

  std::optional<Detection> run() {
    auto scan = media::scan_groups(demuxer_, stop_, *this);
    if (!scan) return std::nullopt;
    scan_ = std::move(*scan);
    media::GroupDecoder decoder(path_, scan_, media::Deblocking::None, stop_);
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

  media::KeyframesWanted wanted(std::span<const std::uint32_t> bytes, std::uint32_t keyframe_bytes) override {
    const bool has_calm_end = shots::has_calm_end(bytes, keyframe_bytes);
    return {.own = has_calm_end && shots::is_calm(bytes, keyframe_bytes), .next = has_calm_end};
  }

  void on_keyframe(const media::Frame& frame) override {
    keyframes_[static_cast<std::size_t>(frame.number())] = small(frame);
  }

  const shots::SmallPicture* keyframe(std::size_t group) const {
    const auto found = keyframes_.find(group);
    return found != keyframes_.end() ? &found->second : nullptr;
  }

  bool look_at(std::size_t group, media::GroupDecoder& decoder) {
    const FrameSpan span = scan_.group(group);
    const shots::SmallPicture* const first = keyframe(group);
    if (first != nullptr && may_skip_after(group, span.begin, *first)) {
      push(span.begin, *first);
    } else {
      group_ = group;
      if (!decoder.decode(group, *this)) return false;
    }
    detector_.skip(span.end - pushed_);
    pushed_ = span.end;
    ahead_.erase(ahead_.begin(), ahead_.lower_bound(pushed_));
    keyframes_.erase(group);
    return true;
  }

  void on_picture(const media::Frame& frame) override {
    if (frame.number() >= pushed_) ahead_.insert_or_assign(frame.number(), small(frame));
  }

  bool may_leave_out(FrameNumber frame) override {
    if (newest_number_ + 1 != pushed_ || frame < pushed_) return false;
    const auto after = ahead_.upper_bound(frame);
    if (after == ahead_.end()) return false;
    const bool is_first = after == ahead_.begin();
    const FrameNumber before = is_first ? pushed_ - 1 : std::prev(after)->first;
    if (after->first - before > most_apart) return false;
    const std::uint32_t largest = std::max(predicted_bytes(before), predicted_bytes(after->first));
    return shots::may_leave_out(is_first ? newest_ : std::prev(after)->second, after->second,
                                scan_.bytes[index(frame)], largest, kernels_);
  }

  // Of a keyframe none: it holds a whole picture, and tells nothing of how large a packet is that does not.
  std::uint32_t predicted_bytes(FrameNumber frame) const {
    const bool is_keyframe = std::binary_search(scan_.keyframes.begin(), scan_.keyframes.end(), frame);
    return is_keyframe ? 0 : scan_.bytes[index(frame)];
  }

  bool wants_more(FrameNumber next) override {
    const auto picture = ahead_.begin();
    if (picture == ahead_.end() || picture->first >= next) return true;  // left out
    push(picture->first, picture->second);
    ahead_.erase(picture);
    return !may_skip_after(group_, newest_number_, newest_);
  }

  void push(FrameNumber frame, const shots::SmallPicture& picture) {
    detector_.push_after(frame - pushed_, picture);
    newest_ = picture;
    newest_number_ = frame;
    pushed_ = frame + 1;
  }

  bool may_skip_after(std::size_t group, FrameNumber frame, const shots::SmallPicture& picture) const {
    const FrameSpan span = scan_.group(group);
    const shots::SmallPicture* const next = keyframe(group + 1);
    if (next == nullptr || frame + 1 >= span.end) return false;
    // A little more is needed to judge what was just seen.
    if (frame > span.begin && frame - span.begin < shots::evidence_reach) return false;
    const std::uint32_t keyframe_bytes =
        std::min(scan_.bytes[index(span.begin)], scan_.bytes[index(span.end)]);
    // From the frames before it on: a change whose judgement needs them.
    const FrameNumber from = std::max(span.begin + 1, frame + 1 - shots::evidence_reach);
    const std::span between(scan_.bytes.data() + from, index(span.end - from));
    return shots::may_pass_over(picture, *next, between, keyframe_bytes, kernels_);
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
  std::map<std::size_t, shots::SmallPicture> keyframes_;  // those decoded alone, by group
  SmallPictureReader pictures_;
  shots::ShotDetector detector_;
  const shots::Kernels& kernels_ = shots::kernels(shots::best_simd_level());
  std::size_t group_ = 0;                             // that is decoded
  std::map<FrameNumber, shots::SmallPicture> ahead_;  // decoded, and not yet the detector's turn
  shots::SmallPicture newest_;                        // that was decoded and pushed
  FrameNumber newest_number_ = 0;
  FrameNumber pushed_ = 0;
  FrameNumber decoded_ = 0;
};

}  // namespace

std::optional<Detection> detect_guided(const std::filesystem::path& path, const std::stop_token& stop,
                                       const ProgressListener& on_progress) {
  return GuidedDetection(path, stop, on_progress).run();
}

}  // namespace heaters::stages
