#include "media/muxer.h"

#include <fmt/format.h>

#include <new>

#include <cmath>
#include <cstring>
#include <system_error>

#include "base/check.h"

namespace heaters::media {

Muxer::Muxer(std::filesystem::path path) : path_(std::move(path)) {
  AVFormatContext* context = nullptr;
  const std::string url = "file:" + path_.string();
  check_av(avformat_alloc_output_context2(&context, nullptr, "mp4", url.c_str()),
           fmt::format("create \"{}\"", path_.string()));
  context_.reset(context);
  context_->flags |= AVFMT_FLAG_BITEXACT;
  check_av(avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE),
           fmt::format("create \"{}\"", path_.string()));
}

Muxer::~Muxer() {
  if (is_finished_) return;
  std::error_code ignored;
  context_.reset();
  std::filesystem::remove(path_, ignored);
}

int Muxer::add_stream() {
  HEATERS_CHECK(!has_header_);
  AVStream* stream = avformat_new_stream(context_.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  return stream->index;
}

int Muxer::add_encoded_stream(const AVCodecContext& encoder) {
  const int index = add_stream();
  AVStream& stream = *context_->streams[index];
  check_av(avcodec_parameters_from_context(stream.codecpar, &encoder),
           fmt::format("write \"{}\"", path_.string()));
  stream.time_base = encoder.time_base;
  stream.avg_frame_rate = encoder.framerate;
  return index;
}

int Muxer::add_copied_stream(const AVStream& source) {
  const int index = add_stream();
  AVStream& stream = *context_->streams[index];
  check_av(avcodec_parameters_copy(stream.codecpar, source.codecpar),
           fmt::format("write \"{}\"", path_.string()));
  stream.codecpar->codec_tag = 0;  // the source container's tag means nothing in MP4
  stream.time_base = source.time_base;
  stream.avg_frame_rate = source.avg_frame_rate;
  stream.sample_aspect_ratio = source.sample_aspect_ratio;
  std::size_t bytes = 0;
  if (const std::uint8_t* matrix = av_stream_get_side_data(&source, AV_PKT_DATA_DISPLAYMATRIX, &bytes)) {
    std::uint8_t* copy = av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, bytes);
    if (copy == nullptr) throw std::bad_alloc();
    std::memcpy(copy, matrix, bytes);
  }
  return index;
}

void Muxer::write_header() {
  UniqueDictionary options = make_dictionary("movflags", "+faststart");
  AVDictionary* raw = options.release();
  // Edit lists say when a track begins in units of the movie, by default milliseconds: too coarse for a first
  // frame at 1.48333 s.
  av_dict_set_int(&raw, "movie_timescale", movie_timescale(), 0);
  const int code = avformat_write_header(context_.get(), &raw);
  options.reset(raw);
  check_write(code);
  has_header_ = true;
}

// The first stream's own ticks, where they are whole fractions of a second.
int Muxer::movie_timescale() const {
  constexpr int fine = 90000;
  if (context_->nb_streams == 0) return fine;
  const AVRational base = context_->streams[0]->time_base;
  return base.num == 1 && base.den >= 1000 ? base.den : fine;
}

void Muxer::write(AVPacket& packet, int stream, Rational time_base) {
  if (!has_header_) write_header();
  // Within these bounds no sum below can overflow; no real time comes near them.
  constexpr std::int64_t farthest = std::int64_t{1} << 61;
  const double shift = shift_seconds_ / to_seconds(1, time_base);
  for (std::int64_t* time : {&packet.pts, &packet.dts}) {
    if (*time == AV_NOPTS_VALUE) continue;
    if (*time < -farthest || *time > farthest || std::abs(shift) > static_cast<double>(farthest)) {
      throw Error(ErrorKind::Unsupported,
                  fmt::format("write \"{}\": MP4 cannot hold its times", path_.string()));
    }
    *time += static_cast<std::int64_t>(std::llround(shift));
  }
  packet.stream_index = stream;
  packet.pos = -1;
  av_packet_rescale_ts(&packet, to_av(time_base), context_->streams[stream]->time_base);
  check_write(av_interleaved_write_frame(context_.get(), &packet));
}

void Muxer::encode(AVCodecContext& encoder, const AVFrame* frame, int stream) {
  const std::string attempt = fmt::format("encode a frame for \"{}\"", path_.string());
  check_av(avcodec_send_frame(&encoder, frame), attempt);
  for (;;) {
    const int code = avcodec_receive_packet(&encoder, packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check_av(code, attempt);
    write(*packet_, stream, from_av(encoder.time_base));
  }
}

void Muxer::finish() {
  if (!has_header_) write_header();
  check_write(av_write_trailer(context_.get()));
  check_write(avio_closep(&context_->pb));
  is_finished_ = true;
}

void Muxer::check_write(int code) const {
  const std::string attempt = fmt::format("write \"{}\"", path_.string());
  if (context_->pb != nullptr && context_->pb->error < 0) check_av(context_->pb->error, attempt);
  if (code == AVERROR(EINVAL)) {
    throw Error(ErrorKind::Unsupported, attempt + ": MP4 cannot hold these packets as they are");
  }
  check_av(code, attempt);
}

}  // namespace heaters::media
