#include "media/media_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/check.h"
#include "media/av.h"
#include "media/decoder.h"
#include "media/float_converter.h"

namespace heaters::media {

namespace {

// A clock that starts anew, as those of joined or broadcast streams do, is put behind what came before.
constexpr double jump_back_seconds = 0.5;
constexpr double jump_ahead_seconds = 10;

// Gives every frame its number and a timestamp that increases.
class FrameClock {
 public:
  explicit FrameClock(const MediaInfo& info)
      : time_base_(info.video.time_base), may_jump_(info.timestamps_may_jump) {
    const Rational rate = info.video.frame_rate;
    if (rate.is_positive()) {
      period_ = std::clamp<std::int64_t>(rescale(1, {rate.den, rate.num}, time_base_), 1, farthest >> 20);
    }
  }

  Frame stamp(const AVFrame& decoded) {
    std::int64_t pts = decoded.best_effort_timestamp;
    if (pts != AV_NOPTS_VALUE && std::abs(pts) <= farthest) {
      note(pts);
      pts = on_our_clock(pts);
    } else {
      pts = previous_ ? *previous_ + period_ : 0;
      ++repaired_;
    }
    previous_ = pts;
    return {decoded, next_number_++, pts};
  }

  FrameNumber count() const { return next_number_; }
  std::int64_t repaired() const { return repaired_; }
  // Whether the container gives all frames the same time, or times closer than any camera's.
  bool stands_still() const {
    constexpr double least_frame_seconds = 1e-4;
    if (!lowest_) return false;
    return to_seconds(*highest_ - *lowest_, time_base_) <
           least_frame_seconds * static_cast<double>(next_number_ - 1);
  }

 private:
  // No real timestamp comes near; sums and differences of what is within cannot overflow.
  static constexpr std::int64_t farthest = std::int64_t{1} << 58;

  void note(std::int64_t pts) {
    lowest_ = std::min(lowest_.value_or(pts), pts);
    highest_ = std::max(highest_.value_or(pts), pts);
  }

  std::int64_t on_our_clock(std::int64_t raw) {
    const std::int64_t pts = std::clamp(raw + offset_, -4 * farthest, 4 * farthest);
    if (!previous_) return pts;
    const double step = to_seconds(pts - *previous_, time_base_);
    if (step < -jump_back_seconds || (may_jump_ && step > jump_ahead_seconds)) {
      ++repaired_;
      offset_ = *previous_ + period_ - raw;
      return *previous_ + period_;
    }
    if (pts > *previous_) return pts;
    ++repaired_;
    return *previous_ + 1;
  }

  Rational time_base_;
  bool may_jump_;
  std::int64_t period_ = 1;
  std::int64_t offset_ = 0;
  std::optional<std::int64_t> previous_;
  FrameNumber next_number_ = 0;
  std::int64_t repaired_ = 0;
  std::optional<std::int64_t> lowest_;
  std::optional<std::int64_t> highest_;
};

// Does the same for decoded audio, whose timestamps it changes.
class AudioClock {
 public:
  explicit AudioClock(const MediaInfo& info)
      : may_jump_(info.timestamps_may_jump), duration_seconds_(info.duration_seconds) {
    if (info.audio) time_base_ = info.audio->time_base;
  }

  // Returns the start of the block in seconds.
  double stamp(AVFrame& decoded) {
    const std::int64_t raw = decoded.best_effort_timestamp;
    constexpr std::int64_t farthest = std::int64_t{1} << 58;
    double start = end_seconds_;
    decoded.pts = AV_NOPTS_VALUE;
    if (raw != AV_NOPTS_VALUE && std::abs(raw) <= farthest) {
      start = to_seconds(raw, time_base_) + offset_seconds_;
      if (has_begun_ && is_jump(start)) {
        offset_seconds_ += end_seconds_ - start;
        start = end_seconds_;
      }
      decoded.pts =
          raw + static_cast<std::int64_t>(std::llround(offset_seconds_ / to_seconds(1, time_base_)));
    }
    has_begun_ = true;
    end_seconds_ = start + static_cast<double>(decoded.nb_samples) / decoded.sample_rate;
    return start;
  }

 private:
  bool is_jump(double start) const {
    const double step = start - end_seconds_;
    // A damaged timestamp must not make hours of silence behind the end of the video.
    const bool is_beyond_the_end =
        duration_seconds_ > 0 && start > duration_seconds_ + 60 + jump_ahead_seconds;
    return step < -jump_back_seconds || (step > jump_ahead_seconds && (may_jump_ || is_beyond_the_end));
  }

  bool may_jump_;
  double duration_seconds_;
  Rational time_base_{1, 1};
  bool has_begun_ = false;
  double end_seconds_ = 0;
  double offset_seconds_ = 0;
};

class Pass {
 public:
  Pass(Demuxer& demuxer, const PassSinks& sinks, const std::stop_token& stop,
       const ProgressListener& on_progress)
      : demuxer_(demuxer),
        sinks_(sinks),
        stop_(stop),
        clock_(demuxer.info()),
        audio_clock_(demuxer.info()),
        progress_("ingest", "frames", expected_frames(demuxer.info()), on_progress) {
    const std::string what = fmt::format("decode \"{}\"", demuxer.path().string());
    if (!sinks.frames.empty()) video_.emplace(demuxer.video_stream(), sinks.deblocking, what, sinks.threads);
    const auto& audio = demuxer.info().audio;
    if (!sinks.audio.empty() && audio && audio->is_decodable)
      audio_.emplace(*demuxer.audio_stream(), sinks.deblocking, what);
  }

  PassReport run() {
    const int video_index = demuxer_.info().video.index;
    while (const AVPacket* packet = demuxer_.next()) {
      stop_if_asked();
      for (PacketSink* sink : sinks_.packets) sink->consume(*packet);
      note_end(*packet);
      if (packet->stream_index == video_index) {
        if (video_) decode_video(packet);
      } else if (audio_) {
        decode_audio(packet);
      }
    }
    if (video_) decode_video(nullptr);
    if (audio_) decode_audio(nullptr);
    refuse_if_too_little_came_out();
    for (PacketSink* sink : sinks_.packets) sink->finish();
    for (FrameSink* sink : sinks_.frames) sink->finish();
    for (AudioSink* sink : sinks_.audio) sink->finish();
    progress_.finish(clock_.count());
    return {clock_.count(), errors(), clock_.repaired(), picture_size_changes_};
  }

 private:
  static std::int64_t expected_frames(const MediaInfo& info) {
    if (info.video.frame_count_hint > 0) return info.video.frame_count_hint;
    if (!info.video.frame_rate.is_positive()) return 0;
    return std::llround(info.duration_seconds * to_double(info.video.frame_rate));
  }

  void stop_if_asked() const {
    if (stop_.stop_requested()) {
      throw Error(ErrorKind::Cancelled, fmt::format("decode \"{}\": stopped", demuxer_.path().string()));
    }
  }

  void decode_video(const AVPacket* packet) {
    video_->send(packet);
    while (const AVFrame* decoded = video_->receive()) {
      stop_if_asked();
      const Frame frame = clock_.stamp(*decoded);
      const std::pair size{frame.width(), frame.height()};
      picture_size_changes_ = picture_size_changes_ || (picture_size_ && *picture_size_ != size);
      picture_size_ = size;
      for (FrameSink* sink : sinks_.frames) sink->consume(frame);
      progress_.update(clock_.count());
    }
  }

  void decode_audio(const AVPacket* packet) {
    audio_->send(packet);
    while (AVFrame* decoded = audio_->receive()) {
      if (decoded->nb_samples <= 0 || decoded->sample_rate <= 0 || decoded->ch_layout.nb_channels <= 0)
        continue;
      const double start = audio_clock_.stamp(*decoded);
      const AudioBlock block{*decoded, floats_.convert(*decoded), decoded->ch_layout.nb_channels,
                             decoded->sample_rate, start};
      for (AudioSink* sink : sinks_.audio) sink->consume(block);
    }
  }

  void note_end(const AVPacket& packet) {
    const std::int64_t timestamp = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
    if (timestamp == AV_NOPTS_VALUE) return;
    const Rational base = packet.stream_index == demuxer_.info().video.index
                              ? demuxer_.info().video.time_base
                              : demuxer_.info().audio->time_base;
    end_seconds_ = std::max(end_seconds_, to_seconds(timestamp, base) + to_seconds(packet.duration, base));
  }

  // A container that does not declare its size can still declare how long it lasts.
  void refuse_if_too_little_came_out() const {
    const MediaInfo& info = demuxer_.info();
    if (video_ && clock_.count() == 0) {
      throw Error(ErrorKind::Corrupt,
                  fmt::format("decode \"{}\": no picture could be decoded from its {} stream",
                              demuxer_.path().string(), info.video.codec));
    }
    if (video_ && clock_.count() == 1) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("decode \"{}\": it has a single frame: that is a picture, not a video",
                              demuxer_.path().string()));
    }
    if (video_ && clock_.stands_still()) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("decode \"{}\": it has no duration: all of its {} frames have "
                              "one time",
                              demuxer_.path().string(), clock_.count()));
    }
    const double got = end_seconds_ - info.start_seconds;
    const double tolerance = std::max(2.0, info.duration_seconds * 0.05);
    if ((info.duration_tells_end || demuxer_.ended_at_damage()) && end_seconds_ > 0 &&
        got < info.duration_seconds - tolerance) {
      throw Error(
          ErrorKind::Corrupt,
          fmt::format("decode \"{}\": the file is cut short: it declares {:.1f} s and ends after {:.1f} s",
                      demuxer_.path().string(), info.duration_seconds, got));
    }
  }

  std::int64_t errors() const {
    return (demuxer_.ended_at_damage() ? 1 : 0) + (video_ ? video_->errors() : 0) +
           (audio_ ? audio_->errors() : 0);
  }

  Demuxer& demuxer_;
  const PassSinks& sinks_;
  const std::stop_token& stop_;
  FrameClock clock_;
  AudioClock audio_clock_;
  ProgressThrottle progress_;
  std::optional<Decoder> video_;
  std::optional<Decoder> audio_;
  FloatConverter floats_;
  std::optional<std::pair<int, int>> picture_size_;
  bool picture_size_changes_ = false;
  double end_seconds_ = 0;
};

}  // namespace

PassReport run_media_pass(Demuxer& demuxer, const PassSinks& sinks, const std::stop_token& stop,
                          const ProgressListener& on_progress) {
  return Pass(demuxer, sinks, stop, on_progress).run();
}

}  // namespace heaters::media
