#include "media/media_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/check.h"
#include "media/av.h"
#include "media/decoder.h"

namespace heaters::media {

namespace {

// Gives every frame its number and a timestamp that increases.
class FrameClock {
 public:
  explicit FrameClock(const VideoStreamInfo& video) {
    if (video.frame_rate.is_positive()) {
      period_ = std::clamp<std::int64_t>(
          rescale(1, {video.frame_rate.den, video.frame_rate.num}, video.time_base), 1, farthest >> 20);
    }
  }

  Frame stamp(const AVFrame& decoded) {
    std::int64_t pts = decoded.best_effort_timestamp;
    const std::int64_t earliest = previous_ ? *previous_ + 1 : -farthest;
    if (pts == AV_NOPTS_VALUE) {
      pts = previous_ ? *previous_ + period_ : 0;
      ++repaired_;
    } else if (pts < earliest || pts > farthest) {
      pts = earliest;
      ++repaired_;
    }
    if (!previous_) first_time_ = decoded.best_effort_timestamp;
    last_time_ = decoded.best_effort_timestamp;
    previous_ = pts;
    return {decoded, next_number_++, pts};
  }

  FrameNumber count() const { return next_number_; }
  std::int64_t repaired() const { return repaired_; }
  // Whether the container gives all frames the same time, or times closer than any camera's.
  bool stands_still(Rational time_base) const {
    if (first_time_ == AV_NOPTS_VALUE || last_time_ == AV_NOPTS_VALUE) return false;
    constexpr double least_frame_seconds = 1e-4;
    const double seconds = to_seconds(last_time_, time_base) - to_seconds(first_time_, time_base);
    return seconds < least_frame_seconds * static_cast<double>(next_number_ - 1);
  }

 private:
  // No real timestamp comes near; sums and differences of what is within cannot overflow.
  static constexpr std::int64_t farthest = std::int64_t{1} << 60;

  std::int64_t period_ = 1;
  std::optional<std::int64_t> previous_;
  FrameNumber next_number_ = 0;
  std::int64_t repaired_ = 0;
  std::int64_t first_time_ = AV_NOPTS_VALUE;
  std::int64_t last_time_ = AV_NOPTS_VALUE;
};

// Decoded audio as interleaved floats. The format of a stream may change on the way; then so does the
// resampler.
class FloatConverter {
 public:
  std::span<const float> convert(const AVFrame& frame) {
    configure(frame);
    const int channels = frame.ch_layout.nb_channels;
    samples_.resize(static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(channels));
    auto* out = static_cast<std::uint8_t*>(static_cast<void*>(samples_.data()));
    const int count = swr_convert(resampler_.get(), &out, frame.nb_samples,
                                  const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
    check_av(count, "convert audio samples");
    return std::span(samples_).first(static_cast<std::size_t>(count) * static_cast<std::size_t>(channels));
  }

 private:
  void configure(const AVFrame& frame) {
    if (resampler_ && frame.format == format_ && frame.ch_layout.nb_channels == channels_ &&
        frame.sample_rate == rate_) {
      return;
    }
    format_ = frame.format;
    channels_ = frame.ch_layout.nb_channels;
    rate_ = frame.sample_rate;
    AVChannelLayout layout;
    av_channel_layout_default(&layout, channels_);
    SwrContext* made = nullptr;
    const int code = swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_FLT, rate_, &layout,
                                         static_cast<AVSampleFormat>(format_), rate_, 0, nullptr);
    resampler_.reset(made);
    check_av(code, "convert audio samples");
    check_av(swr_init(resampler_.get()), "convert audio samples");
  }

  UniqueResampler resampler_;
  int format_ = -1;
  int channels_ = 0;
  int rate_ = 0;
  std::vector<float> samples_;
};

class Pass {
 public:
  Pass(Demuxer& demuxer, const PassSinks& sinks, const std::stop_token& stop,
       const ProgressListener& on_progress)
      : demuxer_(demuxer),
        sinks_(sinks),
        stop_(stop),
        clock_(demuxer.info().video),
        progress_("ingest", "frames", expected_frames(demuxer.info()), on_progress) {
    const std::string what = fmt::format("decode \"{}\"", demuxer.path().string());
    if (!sinks.frames.empty()) video_.emplace(demuxer.video_stream(), sinks.deblocking, what);
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
      decoded->pts = decoded->best_effort_timestamp;
      const double start = decoded->pts == AV_NOPTS_VALUE
                               ? audio_end_seconds_
                               : to_seconds(decoded->pts, demuxer_.info().audio->time_base);
      audio_end_seconds_ = start + static_cast<double>(decoded->nb_samples) / decoded->sample_rate;
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
    end_seconds_ = std::max(end_seconds_, to_seconds(timestamp + packet.duration, base));
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
    if (video_ && clock_.stands_still(info.video.time_base)) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("decode \"{}\": it has no duration: all of its {} frames have "
                              "one time",
                              demuxer_.path().string(), clock_.count()));
    }
    const double got = end_seconds_ - info.start_seconds;
    const double tolerance = std::max(2.0, info.duration_seconds * 0.05);
    if (info.duration_tells_end && end_seconds_ > 0 && got < info.duration_seconds - tolerance) {
      throw Error(
          ErrorKind::Corrupt,
          fmt::format("decode \"{}\": the file is cut short: it declares {:.1f} s and ends after {:.1f} s",
                      demuxer_.path().string(), info.duration_seconds, got));
    }
  }

  std::int64_t errors() const { return (video_ ? video_->errors() : 0) + (audio_ ? audio_->errors() : 0); }

  Demuxer& demuxer_;
  const PassSinks& sinks_;
  const std::stop_token& stop_;
  FrameClock clock_;
  ProgressThrottle progress_;
  std::optional<Decoder> video_;
  std::optional<Decoder> audio_;
  FloatConverter floats_;
  std::optional<std::pair<int, int>> picture_size_;
  bool picture_size_changes_ = false;
  double audio_end_seconds_ = 0;
  double end_seconds_ = 0;
};

}  // namespace

PassReport run_media_pass(Demuxer& demuxer, const PassSinks& sinks, const std::stop_token& stop,
                          const ProgressListener& on_progress) {
  return Pass(demuxer, sinks, stop, on_progress).run();
}

}  // namespace heaters::media
