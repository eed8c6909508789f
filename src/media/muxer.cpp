#include "media/muxer.h"

#include <fmt/format.h>

#include <new>

#include <cmath>
#include <cstring>
#include <system_error>

#include "base/check.h"

namespace heaters::media {

namespace {

void copy_side_data(const AVStream& from, AVStream& to, AVPacketSideDataType type) {
  std::size_t bytes = 0;
  const std::uint8_t* data = av_stream_get_side_data(&from, type, &bytes);
  if (data == nullptr) return;
  std::uint8_t* copy = av_stream_new_side_data(&to, type, bytes);
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, data, bytes);
}

}  // namespace

Muxer::Muxer(std::filesystem::path path, Container container) : path_(std::move(path)) {
  AVFormatContext* context = nullptr;
  const std::string url = "file:" + path_.string();
  const char* const format = container == Container::Mp4         ? "mp4"
                             : container == Container::QuickTime ? "mov"
                                                                 : "matroska";
  check_av(avformat_alloc_output_context2(&context, nullptr, format, url.c_str()),
           fmt::format("create \"{}\"", path_.string()));
  context_.reset(context);
  context_->flags |= AVFMT_FLAG_BITEXACT;
  // libav 5.1 calls FLAC in MP4 an experiment; the mapping is Xiph's of 2018, and browsers play it.
  context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
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
  copy_side_data(source, stream, AV_PKT_DATA_DISPLAYMATRIX);
  return index;
}

int Muxer::add_upright_stream(const AVStream& source, const AVCodecParameters& parameters) {
  const int index = add_stream();
  AVStream& stream = *context_->streams[index];
  const std::string attempt = fmt::format("write \"{}\"", path_.string());
  check_av(avcodec_parameters_copy(stream.codecpar, &parameters), attempt);
  // Parameter sets stand in the header only; "hev1", which libav would say, means that they need not.
  if (parameters.codec_id == AV_CODEC_ID_HEVC) {
    stream.codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
  } else if (parameters.codec_id != AV_CODEC_ID_PRORES) {  // whose tag says which of its kinds it is
    stream.codecpar->codec_tag = 0;
  }
  stream.time_base = source.time_base;
  stream.avg_frame_rate = source.avg_frame_rate;
  stream.sample_aspect_ratio = parameters.sample_aspect_ratio;
  stream.disposition = source.disposition;
  check_av(av_dict_copy(&stream.metadata, source.metadata, 0), attempt);
  return index;
}

int Muxer::add_stream_like(const AVStream& source, const AVCodecParameters& parameters) {
  const int index = add_upright_stream(source, parameters);
  for (const auto type :
       {AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_CONTENT_LIGHT_LEVEL,
        AV_PKT_DATA_STEREO3D, AV_PKT_DATA_SPHERICAL, AV_PKT_DATA_DOVI_CONF}) {
    copy_side_data(source, *context_->streams[index], type);
  }
  return index;
}

void Muxer::set_metadata(const AVDictionary* metadata) {
  check_av(av_dict_copy(&context_->metadata, metadata, 0), fmt::format("write \"{}\"", path_.string()));
  // What a container says of itself is no longer true.
  for (const char* each : {"major_brand", "minor_version", "compatible_brands", "encoder"}) {
    av_dict_set(&context_->metadata, each, nullptr, 0);
  }
}

void Muxer::set_timecode(const std::string& timecode) {
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    av_dict_set(&context_->streams[i]->metadata, "timecode", nullptr, 0);
  }
  av_dict_set(&context_->metadata, "timecode", timecode.empty() ? nullptr : timecode.c_str(), 0);
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
                  fmt::format("write \"{}\": the container cannot hold its times", path_.string()));
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
    throw Error(ErrorKind::Unsupported, attempt + ": the container cannot hold these packets as they are");
  }
  check_av(code, attempt);
}

}  // namespace heaters::media
