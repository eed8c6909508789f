#include "media/demuxer.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "base/check.h"
#include "media/av.h"
#include "media/container_extent.h"
#include "media/input_file.h"

namespace heaters::media {

namespace {

// Containers that carry one movie in one file. Left out: everything that names other files or addresses (hls,
// dash, concat, image sequences, sdp, ...), devices, and text that libav can render as video.
constexpr std::array allowed_containers = {"mov,mp4,m4a,3gp,3g2,mj2",
                                           "matroska,webm",
                                           "mpegts",
                                           "avi",
                                           "flv",
                                           "mpeg",
                                           "mpegvideo",
                                           "asf",
                                           "mxf",
                                           "ogg",
                                           "h264",
                                           "hevc",
                                           "m4v",
                                           "ivf",
                                           "obu",
                                           "nut",
                                           "yuv4mpegpipe",
                                           "dv",
                                           "gif",
                                           "rm",
                                           "vc1",
                                           "gxf",
                                           "wtv",
                                           "av1"};

constexpr std::array playlists = {"hls",   "dash", "concat", "sdp", "rtsp", "imf", "webm_dash_manifest",
                                  "image2"};

bool is_allowed(std::string_view container) {
  return std::find(allowed_containers.begin(), allowed_containers.end(), container) !=
         allowed_containers.end();
}

int refuse_nested_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) noexcept {
  return AVERROR(EPERM);
}

// Looks at the content only: a name proves nothing.
const AVInputFormat* sniff(InputFile& input) {
  const std::string attempt = fmt::format("open \"{}\"", input.path().string());
  const AVInputFormat* format = nullptr;
  const int score = av_probe_input_buffer2(input.io(), &format, "", nullptr, 0, 0);
  if (score == AVERROR_EXIT) throw Error(ErrorKind::Cancelled, attempt + ": stopped");
  if (score < 0 || format == nullptr) {
    throw Error(ErrorKind::Corrupt, attempt + ": not a video: its content is no container we know");
  }
  const std::string_view name = format->name;
  if (std::find(playlists.begin(), playlists.end(), name) != playlists.end()) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("{}: a playlist ({}) that names other files, which are not followed", attempt, name));
  }
  if (!is_allowed(name)) {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: not a video container ({})", attempt, name));
  }
  return format;
}

// The stream that a browser would play: the first that is marked as default, else the first, of those that
// can be decoded, if there are any. (libav's own choice goes by the number of pixels: then a reused proxy
// would show another stream than the one whose frames were counted.) -1 when there is none.
int first_stream(const AVFormatContext& context, AVMediaType type) {
  int best = -1;
  int best_rank = -1;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    const AVStream& stream = *context.streams[i];
    if (stream.codecpar->codec_type != type || (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0)
      continue;
    const bool is_decodable = avcodec_find_decoder(stream.codecpar->codec_id) != nullptr;
    const bool is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
    const int rank = (is_decodable ? 2 : 0) + (is_default ? 1 : 0);
    if (rank > best_rank) {
      best = static_cast<int>(i);
      best_rank = rank;
    }
  }
  return best;
}

std::string container_name(const AVFormatContext& context, const std::filesystem::path& path) {
  std::string name = context.iformat->name;
  if (name.starts_with("mov,")) {
    const AVDictionaryEntry* brand = av_dict_get(context.metadata, "major_brand", nullptr, 0);
    return brand != nullptr && std::string_view(brand->value) == "qt  " ? "mov" : "mp4";
  }
  if (name.starts_with("matroska")) return path.extension() == ".webm" ? "webm" : "matroska";
  return name;
}

int rotation_of(const AVStream& stream) {
  std::size_t bytes = 0;
  const std::uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (matrix == nullptr || bytes < 9 * sizeof(std::int32_t)) return 0;
  // libav aligns side data for any type.
  const double counter_clockwise =
      av_display_rotation_get(static_cast<const std::int32_t*>(static_cast<const void*>(matrix)));
  if (std::isnan(counter_clockwise)) return 0;
  const int quarter_turns = static_cast<int>(std::lround(-counter_clockwise / 90.0)) % 4;
  return (quarter_turns + 4) % 4 * 90;
}

Rational frame_rate_of(AVFormatContext& context, AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, av_guess_frame_rate(&context, &stream, nullptr)}) {
    // Above 1000 it is a time base that found its way into the rate.
    if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= 1000.0) return from_av(rate);
  }
  return {0, 1};
}

// Of the video stream, else of the file, else of a stream that has nothing else to say.
std::string timecode_of(const AVFormatContext& context, const AVStream& video) {
  const auto stated = [](const AVDictionary* metadata) -> std::string {
    const AVDictionaryEntry* entry = av_dict_get(metadata, "timecode", nullptr, 0);
    constexpr std::size_t longest = 15;
    return entry != nullptr && std::string_view(entry->value).size() <= longest ? entry->value : "";
  };
  std::string found = stated(video.metadata);
  if (found.empty()) found = stated(context.metadata);
  for (unsigned i = 0; found.empty() && i < context.nb_streams; ++i) {
    found = stated(context.streams[i]->metadata);
  }
  return found;
}

Rational pixel_aspect_of(AVFormatContext& context, AVStream& stream) {
  const AVRational aspect = av_guess_sample_aspect_ratio(&context, &stream, nullptr);
  if (aspect.num <= 0 || aspect.den <= 0) return {1, 1};
  const double value = av_q2d(aspect);
  return value < 0.25 || value > 4.0 ? Rational{1, 1} : from_av(aspect);
}

bool trims_frames(AVStream& stream) {
  const int count = avformat_index_get_entries_count(&stream);
  for (int i = 0; i < count; ++i) {
    if ((avformat_index_get_entry(&stream, i)->flags & AVINDEX_DISCARD_FRAME) != 0) return true;
  }
  return false;
}

VideoStreamInfo describe_video(AVFormatContext& context, AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  VideoStreamInfo info;
  info.index = stream.index;
  info.codec = avcodec_get_name(codec.codec_id);
  const char* profile = avcodec_profile_name(codec.codec_id, codec.profile);
  info.profile = profile != nullptr ? profile : "";
  info.width = codec.width;
  info.height = codec.height;
  info.time_base = from_av(stream.time_base);
  if (stream.start_time != AV_NOPTS_VALUE) info.start_seconds = to_seconds(stream.start_time, info.time_base);
  info.frame_rate = frame_rate_of(context, stream);
  info.timecode = timecode_of(context, stream);
  info.pixel_aspect = pixel_aspect_of(context, stream);
  info.rotation = rotation_of(stream);
  info.bit_rate = codec.bit_rate;
  info.frame_count_hint = stream.nb_frames;
  info.has_trimmed_frames = trims_frames(stream);
  if (const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(codec.format))) {
    info.pixel_format = format->name;
    info.bit_depth = format->comp[0].depth;
    info.is_planar_420 = (format->flags & AV_PIX_FMT_FLAG_PLANAR) != 0 && format->nb_components >= 3 &&
                         format->log2_chroma_w == 1 && format->log2_chroma_h == 1;
    info.is_full_range = codec.color_range == AVCOL_RANGE_JPEG || info.pixel_format.starts_with("yuvj");
  }
  info.is_interlaced = codec.field_order != AV_FIELD_UNKNOWN && codec.field_order != AV_FIELD_PROGRESSIVE;
  info.is_hdr = codec.color_trc == AVCOL_TRC_SMPTE2084 || codec.color_trc == AVCOL_TRC_ARIB_STD_B67;
  info.is_wide_gamut = codec.color_primaries == AVCOL_PRI_BT2020 || codec.color_space == AVCOL_SPC_BT2020_NCL;
  return info;
}

AudioStreamInfo describe_audio(const AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  return {.index = stream.index,
          .codec = avcodec_get_name(codec.codec_id),
          .sample_rate = codec.sample_rate,
          .channels = codec.ch_layout.nb_channels,
          .bits = std::max(codec.bits_per_raw_sample, av_get_bits_per_sample(codec.codec_id)),
          .time_base = from_av(stream.time_base),
          .is_decodable = avcodec_find_decoder(codec.codec_id) != nullptr && codec.sample_rate > 0 &&
                          codec.ch_layout.nb_channels > 0};
}

void refuse_absurd_size(const AVStream& stream, const std::filesystem::path& path) {
  const AVCodecParameters& codec = *stream.codecpar;
  if (codec.codec_type != AVMEDIA_TYPE_VIDEO) return;
  if (std::int64_t{codec.width} * codec.height > max_pixels || codec.width > 32768 || codec.height > 32768) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("open \"{}\": its header claims pictures of {}x{}, more than the {} megapixels we decode",
                    path.string(), codec.width, codec.height, max_pixels / 1'000'000));
  }
}

// Options for the decoders that avformat_find_stream_info opens on its own.
class StreamInfoOptions {
 public:
  explicit StreamInfoOptions(unsigned streams) : options_(streams, nullptr) {
    for (AVDictionary*& each : options_) {
      each = make_dictionary("max_pixels", std::to_string(max_pixels)).release();
    }
  }
  ~StreamInfoOptions() {
    for (AVDictionary*& each : options_) av_dict_free(&each);
  }
  StreamInfoOptions(const StreamInfoOptions&) = delete;
  StreamInfoOptions& operator=(const StreamInfoOptions&) = delete;

  AVDictionary** data() { return options_.empty() ? nullptr : options_.data(); }

 private:
  std::vector<AVDictionary*> options_;
};

}  // namespace

class Demuxer::Parts {
 public:
  Parts(const std::filesystem::path& path, std::stop_token stop);
  Parts(FileDescriptor stream, std::string name, std::stop_token stop);

  const MediaInfo& info() const { return info_; }
  const AVPacket* next();
  bool seek(std::int64_t pts);
  const AVDictionary* metadata() const { return context_->metadata; }
  bool ended_at_damage() const { return ended_at_damage_; }
  const AVStream& video_stream() const { return *context_->streams[video_index_]; }
  const AVStream* audio_stream() const {
    return audio_index_ >= 0 ? context_->streams[audio_index_] : nullptr;
  }
  const std::filesystem::path& path() const { return input_.path(); }

 private:
  void open();
  void choose_streams();
  void describe();
  void refuse_if_cut_short() const;
  void refuse_if_gone_by();
  // A demuxer's "out of memory" or "I/O error" is what it makes of damaged bytes, unless the system said so.
  void check(int code, const std::string& attempt) const;

  // Declared before the context, which reads through it, so that it outlives the context.
  InputFile input_;
  UniqueInputContext context_;
  UniquePacket packet_ = make_packet();
  int video_index_ = -1;
  int audio_index_ = -1;
  bool ended_at_damage_ = false;
  ContainerExtent extent_;
  MediaInfo info_;
};

Demuxer::Parts::Parts(const std::filesystem::path& path, std::stop_token stop)
    : input_(path, std::move(stop)),
      extent_(read_container_extent(input_.file(), input_.bytes(), input_.path())) {
  open();
  choose_streams();
  describe();
  refuse_if_cut_short();
}

Demuxer::Parts::Parts(FileDescriptor stream, std::string name, std::stop_token stop)
    : input_(std::move(stream), std::move(name), std::move(stop)) {
  open();
  choose_streams();
  refuse_if_gone_by();
  describe();
}

// MP4 as cameras write it: the index stands at the end, and by then the pictures have gone by.
void Demuxer::Parts::refuse_if_gone_by() {
  AVStream* video = context_->streams[video_index_];
  if (!std::string_view(context_->iformat->name).starts_with("mov,")) return;
  if (avformat_index_get_entries_count(video) == 0) return;
  const std::int64_t read = avio_tell(input_.io());
  const std::int64_t buffered = input_.io()->buf_ptr - input_.io()->buffer;
  if (avformat_index_get_entry(video, 0)->pos < read - buffered) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("open \"{}\": the index of this MP4 stands behind its pictures: through a pipe only "
                    "fragmented files and those with the index first can be read",
                    path().string()));
  }
}

void Demuxer::Parts::open() {
  const std::string attempt = fmt::format("open \"{}\"", path().string());
  const AVInputFormat* format = sniff(input_);

  AVFormatContext* context = avformat_alloc_context();
  if (context == nullptr) throw std::bad_alloc();
  context->pb = input_.io();
  context->io_open = refuse_nested_open;
  context->flags |= AVFMT_FLAG_CUSTOM_IO;
  context->max_streams = 256;
  // On failure libav frees the context itself.
  const int opened = avformat_open_input(&context, "", format, nullptr);
  // A file that was cut short often lacks its index, which is all that libav would say.
  if (opened < 0 && opened != AVERROR_EXIT) refuse_if_cut_short();
  check(opened, attempt);
  context_.reset(context);

  for (unsigned i = 0; i < context_->nb_streams; ++i) refuse_absurd_size(*context_->streams[i], path());
  StreamInfoOptions options(context_->nb_streams);
  check(avformat_find_stream_info(context_.get(), options.data()), attempt);
}

void Demuxer::Parts::choose_streams() {
  const std::string attempt = fmt::format("open \"{}\"", path().string());
  video_index_ = first_stream(*context_, AVMEDIA_TYPE_VIDEO);
  if (video_index_ < 0) {
    throw Error(ErrorKind::InvalidInput, attempt + ": it has no video stream");
  }
  const AVStream& video = *context_->streams[video_index_];
  refuse_absurd_size(video, path());
  if (avcodec_find_decoder(video.codecpar->codec_id) == nullptr) {
    throw Error(ErrorKind::Unsupported, fmt::format("{}: no decoder for its video codec ({})", attempt,
                                                    avcodec_get_name(video.codecpar->codec_id)));
  }
  if (video.codecpar->width <= 0 || video.codecpar->height <= 0) {
    throw Error(ErrorKind::Corrupt, attempt + ": its video stream has no picture size");
  }
  audio_index_ = first_stream(*context_, AVMEDIA_TYPE_AUDIO);
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    const int index = static_cast<int>(i);
    if (index != video_index_ && index != audio_index_) context_->streams[i]->discard = AVDISCARD_ALL;
  }
}

void Demuxer::Parts::describe() {
  info_.container = container_name(*context_, path());
  info_.bytes = input_.bytes();
  info_.is_fragmented = extent_.is_fragmented;
  info_.timestamps_may_jump = (context_->iformat->flags & AVFMT_TS_DISCONT) != 0;
  info_.duration_tells_end =
      extent_.declared_bytes == 0 && context_->duration_estimation_method == AVFMT_DURATION_FROM_STREAM;
  if (context_->duration > 0) info_.duration_seconds = to_seconds(context_->duration, {1, AV_TIME_BASE});
  if (context_->start_time != AV_NOPTS_VALUE) {
    info_.start_seconds = to_seconds(context_->start_time, {1, AV_TIME_BASE});
  }
  info_.video = describe_video(*context_, *context_->streams[video_index_]);
  if (info_.video.bit_rate <= 0) info_.video.bit_rate = context_->bit_rate;
  if (audio_index_ >= 0) info_.audio = describe_audio(*context_->streams[audio_index_]);
}

void Demuxer::Parts::refuse_if_cut_short() const {
  if (extent_.declared_bytes > input_.bytes()) {
    throw Error(ErrorKind::Corrupt,
                fmt::format("open \"{}\": the file is cut short: it has {} bytes of the {} its "
                            "container declares",
                            path().string(), input_.bytes(), extent_.declared_bytes));
  }
}

void Demuxer::Parts::check(int code, const std::string& attempt) const {
  if (code >= 0) return;
  if (input_.read_error() != 0) throw system_error(input_.read_error(), attempt);
  if (code == AVERROR(EIO) || code == AVERROR(ENOMEM)) {
    throw Error(ErrorKind::Corrupt, attempt + ": its content makes no sense");
  }
  check_av(code, attempt);
}

const AVPacket* Demuxer::Parts::next() {
  for (;;) {
    av_packet_unref(packet_.get());
    const int code = av_read_frame(context_.get(), packet_.get());
    if (code == AVERROR_EOF) return nullptr;
    if (code == AVERROR(EAGAIN)) continue;
    // Damaged bytes at the end of an otherwise good file end it; the decoder decides whether enough came out.
    if (code == AVERROR_INVALIDDATA) {
      ended_at_damage_ = true;
      return nullptr;
    }
    check(code, fmt::format("read \"{}\"", path().string()));
    if (packet_->stream_index == video_index_ || packet_->stream_index == audio_index_) return packet_.get();
  }
}

bool Demuxer::Parts::seek(std::int64_t pts) {
  const std::string_view format = context_->iformat->name;
  if (!format.starts_with("mov,") && !format.starts_with("matroska")) return false;
  return av_seek_frame(context_.get(), video_index_, pts, AVSEEK_FLAG_BACKWARD) >= 0;
}

bool looks_like_video(std::span<const std::byte> first) {
  std::vector<unsigned char> padded(first.size() + AVPROBE_PADDING_SIZE);
  std::memcpy(padded.data(), first.data(), first.size());
  AVProbeData data{};
  data.filename = "";
  data.buf = padded.data();
  data.buf_size = static_cast<int>(first.size());
  int score = 0;
  const AVInputFormat* const format = av_probe_input_format3(&data, 1, &score);
  return format != nullptr && score > AVPROBE_SCORE_RETRY && is_allowed(format->name);
}

Demuxer::Demuxer(const std::filesystem::path& path, std::stop_token stop)
    : parts_(std::make_unique<Parts>(path, std::move(stop))) {}
Demuxer::Demuxer(FileDescriptor stream, std::string name, std::stop_token stop)
    : parts_(std::make_unique<Parts>(std::move(stream), std::move(name), std::move(stop))) {}
Demuxer::~Demuxer() = default;

const MediaInfo& Demuxer::info() const {
  return parts_->info();
}
const AVPacket* Demuxer::next() {
  return parts_->next();
}
bool Demuxer::seek(std::int64_t pts) {
  return parts_->seek(pts);
}
const AVDictionary* Demuxer::metadata() const {
  return parts_->metadata();
}
bool Demuxer::ended_at_damage() const {
  return parts_->ended_at_damage();
}
const AVStream& Demuxer::video_stream() const {
  return parts_->video_stream();
}
const AVStream* Demuxer::audio_stream() const {
  return parts_->audio_stream();
}
const std::filesystem::path& Demuxer::path() const {
  return parts_->path();
}

}  // namespace heaters::media
