#include "media/span_encoder.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>

#include "media/picture_filter.h"
#include "media/picture_geometry.h"

namespace heaters::media {

namespace {

// Constant rate factors at which a person cannot tell the picture from the source's (x264, x265).
// In x264 the preset "veryfast" at 14 is as near to the source as "medium" at 16 (42.1 and 42.0 dB on the
// sample), takes half the time and 18 % more bytes, of which a smart cut has few.
constexpr const char* source_preset = "veryfast";
constexpr const char* lossless_preset = "medium";
constexpr int h264_quality = 14;
constexpr int hevc_quality = 14;
constexpr int web_quality = 20;
constexpr int web_short_side = 1080;

struct Choice {
  const char* encoder;
  AVPixelFormat format;
};

bool has_halved_chroma(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  return description != nullptr && (description->log2_chroma_w > 0 || description->log2_chroma_h > 0);
}

bool takes(const AVCodec& codec, AVPixelFormat format) {
  for (const AVPixelFormat* each = codec.pix_fmts; each != nullptr && *each != AV_PIX_FMT_NONE; ++each) {
    if (*each == format) return true;
  }
  return false;
}

const AVCodec& encoder_named(const char* name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) {
    throw Error(ErrorKind::Unsupported, fmt::format("encode a clip: libavcodec was built without {}", name));
  }
  return *codec;
}

// Whether the picture is always made into another one.
bool is_converted(ExportPreset preset) {
  return preset == ExportPreset::Web || preset == ExportPreset::ProRes;
}

// Whether H.264 without loss gives these pictures back as they were: libavcodec decodes gray ones with a
// chroma they had not.
bool is_kept_by_h264(const AVCodecParameters& source, AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  const bool is_odd = source.width % 2 != 0 || source.height % 2 != 0;
  return description != nullptr && description->nb_components >= 3 && !(is_odd && has_halved_chroma(format));
}

// A master's encoder takes the picture as it is or not at all.
Choice choose_master(const AVCodecParameters& source, ExportPreset preset) {
  const AVPixelFormat format = without_range(source.format);
  const bool is_ffv1 = preset == ExportPreset::Ffv1;
  const char* const name = is_ffv1 ? "ffv1" : "libx264";
  if (takes(encoder_named(name), format) && (is_ffv1 || is_kept_by_h264(source, format)))
    return {name, format};
  throw Error(
      ErrorKind::Unsupported,
      fmt::format("make a master: {} cannot hold pictures of {}x{} in {} as they are{}", name, source.width,
                  source.height, av_get_pix_fmt_name(format), is_ffv1 ? "" : "; ffv1 may"));
}

Choice choose(const AVCodecParameters& source, ExportPreset preset) {
  if (preset == ExportPreset::Web) return {"libx264", AV_PIX_FMT_YUV420P};
  if (preset == ExportPreset::ProRes) return {"prores_ks", AV_PIX_FMT_YUV422P10LE};
  if (is_master(preset)) return choose_master(source, preset);
  const AVPixelFormat format = without_range(source.format);
  const char* const name = source.codec_id == AV_CODEC_ID_HEVC     ? "libx265"
                           : source.codec_id == AV_CODEC_ID_PRORES ? "prores_ks"
                                                                   : "libx264";
  const AVCodec& codec = encoder_named(name);
  if (takes(codec, format)) return {name, format};
  return {name, avcodec_find_best_pix_fmt_of_list(codec.pix_fmts, format, 0, nullptr)};
}

const char* h264_profile_name(int profile) {
  switch (profile) {
    case 66:
      return "baseline";
    case 77:
      return "main";
    case 100:
      return "high";
    case 110:
      return "high10";
    case 122:
      return "high422";
    case 244:
      return "high444";
    default:
      return nullptr;
  }
}

void set_h264_options(AVDictionary*& options, const SpanEncoder::Options& wanted) {
  if (wanted.format.preset == ExportPreset::H264Lossless) {
    av_dict_set(&options, "preset", lossless_preset, 0);
    av_dict_set_int(&options, "qp", 0, 0);
    return;
  }
  const bool is_web = wanted.format.preset == ExportPreset::Web;
  av_dict_set(&options, "preset", is_web ? "medium" : source_preset, 0);
  const int quality = is_web ? web_quality : h264_quality;
  av_dict_set_int(&options, "crf", std::max(1, quality + wanted.quality_offset), 0);
  av_dict_set(&options, "b-pyramid", "none", 0);
  av_dict_set(
      &options, "x264-params",
      fmt::format("sps-id={}:force-cfr=0:rc-lookahead=20:scenecut=0", wanted.parameter_set_id).c_str(), 0);
  if (is_web) av_dict_set(&options, "profile", "high", 0);
  if (const char* profile = h264_profile_name(wanted.h264_profile)) {
    av_dict_set(&options, "profile", profile, 0);
  }
}

// As archives set it: range coder, large context, every picture by itself.
void set_ffv1_options(AVDictionary*& options, const MasterSettings& settings) {
  av_dict_set_int(&options, "level", settings.ffv1_level, 0);
  av_dict_set_int(&options, "slicecrc", settings.has_slice_crc ? 1 : 0, 0);
  av_dict_set(&options, "coder", "1", 0);
  av_dict_set(&options, "context", "1", 0);
}

void set_hevc_options(AVDictionary*& options, const SpanEncoder::Options& wanted) {
  av_dict_set(&options, "preset", source_preset, 0);
  av_dict_set_int(&options, "crf", std::max(1, hevc_quality + wanted.quality_offset), 0);
  av_dict_set(
      &options, "x265-params",
      "open-gop=0:bframes=2:b-pyramid=0:info=0:repeat-headers=0:log-level=error:scenecut=0:rc-lookahead=20",
      0);
}

bool is_interlaced(const AVCodecParameters& source) {
  return source.field_order != AV_FIELD_UNKNOWN && source.field_order != AV_FIELD_PROGRESSIVE;
}

void keep_picture(AVCodecContext& encoder, const AVStream& source, const VideoStreamInfo& info) {
  const AVCodecParameters& from = *source.codecpar;
  const bool needs_even = encoder.codec_id != AV_CODEC_ID_FFV1 && (encoder.pix_fmt == AV_PIX_FMT_YUV420P ||
                                                                   encoder.pix_fmt == AV_PIX_FMT_YUV420P10LE);
  encoder.width = needs_even ? from.width & ~1 : from.width;
  encoder.height = needs_even ? from.height & ~1 : from.height;
  encoder.sample_aspect_ratio =
      source.sample_aspect_ratio.num > 0 ? source.sample_aspect_ratio : from.sample_aspect_ratio;
  if (is_rgb(from.format) && !is_rgb(encoder.pix_fmt)) {
    set_output_colours(encoder, output_matrix(info, from.color_space));
  } else {
    encoder.colorspace = from.color_space;
    encoder.color_primaries = from.color_primaries;
    encoder.color_trc = from.color_trc;
    encoder.color_range = from.color_range;
  }
  encoder.chroma_sample_location = from.chroma_location;
  if (is_interlaced(from)) {
    encoder.flags |= AV_CODEC_FLAG_INTERLACED_DCT;
    encoder.field_order = from.field_order;
  }
}

// RGB becomes the YUV that the track says it is.
std::string kept_picture_chain(const VideoStreamInfo& info, const AVFrame& frame, PictureSize size,
                               AVPixelFormat format) {
  const std::string matrix = is_rgb(frame.format) && !is_rgb(format)
                                 ? "," + rgb_conversion(output_matrix(info, frame.colorspace))
                                 : "";
  return fmt::format("crop={}:{}:0:0{},format={}", size.width, size.height, matrix,
                     av_get_pix_fmt_name(format));
}

// What picture_filter() makes.
void set_web_picture(AVCodecContext& encoder, const AVStream& source, const VideoStreamInfo& info) {
  const PictureSize size = fit_short_side(info, web_short_side);
  encoder.width = size.width;
  encoder.height = size.height;
  encoder.sample_aspect_ratio = {1, 1};
  set_output_colours(encoder, output_matrix(info, source.codecpar->color_space));
}

UniqueCodecContext open_encoder(const AVStream& source, const VideoStreamInfo& info,
                                const SpanEncoder::Options& options) {
  const AVCodecParameters& from = *source.codecpar;
  const Choice choice = choose(from, options.format.preset);
  const AVCodec& codec = encoder_named(choice.encoder);
  UniqueCodecContext encoder(avcodec_alloc_context3(&codec));
  if (encoder == nullptr) throw std::bad_alloc();
  encoder->pix_fmt = choice.format;
  if (options.format.preset == ExportPreset::Web) {
    set_web_picture(*encoder, source, info);
  } else {
    keep_picture(*encoder, source, info);
  }
  encoder->time_base = source.time_base;
  if (source.avg_frame_rate.num > 0) encoder->framerate = source.avg_frame_rate;
  encoder->thread_count = 0;
  encoder->gop_size = 250;
  encoder->max_b_frames = 2;
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | static_cast<int>(AV_CODEC_FLAG_CLOSED_GOP);
  AVDictionary* dictionary = nullptr;
  const std::string_view name = choice.encoder;
  if (name == "ffv1") {
    set_ffv1_options(dictionary, options.format.master);
    encoder->gop_size = 1;
    encoder->max_b_frames = 0;
    if (options.format.master.ffv1_level > 3) encoder->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  } else if (name == "libx264") {
    if (is_master(options.format.preset)) encoder->max_b_frames = 0;
    set_h264_options(dictionary, options);
    if (options.h264_profile == 66) encoder->max_b_frames = 0;
  } else if (name == "libx265") {
    set_hevc_options(dictionary, options);
  } else {
    av_dict_set(&dictionary, "profile", choice.format == AV_PIX_FMT_YUV422P10LE ? "hq" : "4444", 0);
    av_dict_set(&dictionary, "vendor", "apl0", 0);
  }
  const int code = avcodec_open2(encoder.get(), &codec, &dictionary);
  av_dict_free(&dictionary);
  check_av(code, fmt::format("open the encoder {} for {}x{}", name, encoder->width, encoder->height));
  return encoder;
}

// Choosing how RGB is turned before it is coded, the encoder of FFV1 level 4 in FFmpeg 5.1 reads every
// picture as if it were RGB: four bytes for each sample of plane 0, or three planes of the size of the first.
// A copy with room for that behind each plane; planes that the format has not are plane 0 again.
UniqueFrame with_room_for_rgb(const AVFrame& frame) {
  UniqueFrame copy = make_frame();
  check_av(av_frame_copy_props(copy.get(), &frame), "encode a clip");
  copy->format = frame.format;
  copy->width = frame.width;
  copy->height = frame.height;
  constexpr int row_alignment = 64;
  check_av(av_image_fill_linesizes(copy->linesize, without_range(frame.format), frame.width),
           "encode a clip");
  const std::size_t row_of_rgb = std::size_t{4} * static_cast<std::size_t>(frame.width);
  const auto rows = static_cast<std::size_t>(frame.height);
  for (int plane = 0; plane < 4; ++plane) {
    if (copy->linesize[plane] == 0) continue;
    copy->linesize[plane] = FFALIGN(copy->linesize[plane], row_alignment);
    copy->buf[plane] =
        av_buffer_allocz(static_cast<std::size_t>(copy->linesize[plane]) * rows + row_of_rgb + row_alignment);
    if (copy->buf[plane] == nullptr) throw std::bad_alloc();
    copy->data[plane] = copy->buf[plane]->data;
  }
  av_image_copy(copy->data, copy->linesize, const_cast<const std::uint8_t**>(frame.data), frame.linesize,
                without_range(frame.format), frame.width, frame.height);
  for (int plane = 1; plane < 3; ++plane) {
    if (copy->data[plane] != nullptr) continue;
    copy->data[plane] = copy->data[0];
    copy->linesize[plane] = copy->linesize[0];
  }
  return copy;
}

}  // namespace

FilterGraph::Describe export_filter(const VideoStreamInfo& info, ExportPreset preset) {
  if (preset == ExportPreset::Web) {
    return [info](const AVFrame& frame) {
      return picture_filter(info, frame, fit_short_side(info, web_short_side), PictureUse::Video);
    };
  }
  return [](const AVFrame&) { return std::string("format=") + av_get_pix_fmt_name(AV_PIX_FMT_YUV422P10LE); };
}

FilterGraph::Describe kept_picture_filter(const VideoStreamInfo& info, const AVFrame& wanted) {
  return [info, size = PictureSize{wanted.width, wanted.height}, format = without_range(wanted.format)](
             const AVFrame& frame) { return kept_picture_chain(info, frame, size, format); };
}

SpanEncoder::SpanEncoder(const AVStream& source, const VideoStreamInfo& info, const Options& options,
                         OnPacket on_packet)
    : filters_(is_converted(options.format.preset)
                   ? export_filter(info, options.format.preset)
                   : [this, info](const AVFrame& frame) {
                       return kept_picture_chain(info, frame, {encoder_->width, encoder_->height},
                                                 encoder_->pix_fmt);
                     },
               from_av(source.time_base)),
      encoder_(open_encoder(source, info, options)),
      is_filtered_(is_converted(options.format.preset)),
      reads_all_as_rgb_(options.format.preset == ExportPreset::Ffv1 && options.format.master.ffv1_level > 3),
      source_size_{info.width, info.height},
      on_packet_(std::move(on_packet)) {}

void SpanEncoder::encode(const AVFrame& frame, std::int64_t pts) {
  if (!is_filtered_ && (frame.width != source_size_.width || frame.height != source_size_.height)) {
    throw Error(ErrorKind::Unsupported, "encode a clip: the size of the picture changes on the way");
  }
  check_av(av_frame_ref(input_.get(), &frame), "encode a clip");
  input_->pts = pts;
  if (!is_filtered_) input_->format = without_range(input_->format);
  if (is_filtered_ || input_->format != encoder_->pix_fmt || input_->width != encoder_->width ||
      input_->height != encoder_->height) {
    filters_.send(input_.get());
    encode_filtered();
  } else {
    send(input_.get());
  }
  av_frame_unref(input_.get());
}

void SpanEncoder::finish() {
  filters_.send(nullptr);
  encode_filtered();
  send(nullptr);
}

void SpanEncoder::encode_filtered() {
  while (AVFrame* picture = filters_.receive()) send(picture);
}

void SpanEncoder::send(AVFrame* frame) {
  if (frame != nullptr) {
    frame->pict_type = has_begun_ ? AV_PICTURE_TYPE_NONE : AV_PICTURE_TYPE_I;
    frame->key_frame = 0;
    has_begun_ = true;
  }
  const UniqueFrame with_room = frame != nullptr && reads_all_as_rgb_ ? with_room_for_rgb(*frame) : nullptr;
  check_av(avcodec_send_frame(encoder_.get(), with_room != nullptr ? with_room.get() : frame),
           "encode a clip");
  for (;;) {
    const int code = avcodec_receive_packet(encoder_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check_av(code, "encode a clip");
    on_packet_(*packet_);
    av_packet_unref(packet_.get());
  }
}

}  // namespace heaters::media
