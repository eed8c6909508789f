#include "media/clip_video.h"

#include <fmt/format.h>

#include <new>

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "media/idr.h"

namespace heaters::media {

namespace {

using bitstream::NalCodec;
using bitstream::NalUnitView;

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::Unsupported, "join encoded and copied frames: " + why);
}

std::optional<NalCodec> nal_codec(AVCodecID id) {
  if (id == AV_CODEC_ID_H264) return NalCodec::H264;
  if (id == AV_CODEC_ID_HEVC) return NalCodec::Hevc;
  return std::nullopt;
}

UniquePacket packet_of(const std::vector<std::byte>& data, const AVPacket& properties) {
  UniquePacket packet = make_packet();
  check_av(av_new_packet(packet.get(), static_cast<int>(data.size())), "write a packet");
  std::memcpy(packet->data, data.data(), data.size());
  packet->flags = properties.flags;
  return packet;
}

// Units that tell nothing within a file (table 7-1 of either standard): parameter sets, which the header has,
// delimiters, ends, filler, and layers that only some decoders know.
bool is_left_out(NalCodec codec, NalUnitView unit) {
  if (codec == NalCodec::H264) {
    const int type = bitstream::h264_nal_type(unit);
    return type == 7 || type == 8 || (type >= 9 && type <= 15) || type == 20 || type == 21;
  }
  const int type = bitstream::hevc_nal_type(unit);
  return (type >= 32 && type <= 38) || type < 0;
}

bool is_sei(NalCodec codec, NalUnitView unit) {
  if (codec == NalCodec::H264) return bitstream::h264_nal_type(unit) == 6;
  const int type = bitstream::hevc_nal_type(unit);
  return type == 39 || type == 40;
}

void set_extradata(AVCodecParameters& parameters, std::span<const std::byte> bytes) {
  av_freep(&parameters.extradata);
  parameters.extradata_size = 0;
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw std::bad_alloc();
  std::memcpy(parameters.extradata, bytes.data(), bytes.size());
  parameters.extradata_size = static_cast<int>(bytes.size());
}

// Encoders count up from 0; so none of ours is that of a copied picture beside it.
constexpr std::uint32_t encoded_idr_pic_ids = 40'000;

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};

}  // namespace

ClipVideo::ClipVideo(const Demuxer& source, const FrameTable& table, const ClipPlan& plan,
                     const ExportFormat& format, int quality_offset, Muxer& muxer)
    : source_(source),
      table_(table),
      plan_(plan),
      span_{plan.head.begin, plan.tail.end},
      encoding_{.format = format, .quality_offset = quality_offset},
      next_encoded_(plan.head.length() > 0 ? plan.head.begin : plan.tail.begin),
      muxer_(muxer) {
  if (has_copied()) {
    codec_ = nal_codec(stream().codecpar->codec_id);
    if (codec_) {
      format_ = bitstream::read_nal_format(
          *codec_, bytes_of(stream().codecpar->extradata, stream().codecpar->extradata_size));
      if (plan_.rung != ExportRung::Copy) choose_ids();
    }
  }
  add_stream(muxer);
  delay_ = reordered();
}

ClipVideo::~ClipVideo() = default;

bool ClipVideo::can_join(const Demuxer& source) {
  const AVStream& stream = source.video_stream();
  if (!nal_codec(stream.codecpar->codec_id)) return false;
  try {
    const SpanEncoder trial(stream, source.info().video, {}, [](const AVPacket&) {});
    const AVCodecContext& context = trial.context();
    // Another format, or a size without its odd rows, is not the same picture.
    const std::string wanted = source.info().video.pixel_format;
    std::string got = av_get_pix_fmt_name(context.pix_fmt);
    if (wanted.starts_with("yuvj")) got.insert(3, "j");
    return context.codec_id == stream.codecpar->codec_id && got == wanted &&
           context.width == stream.codecpar->width && context.height == stream.codecpar->height;
  } catch (const Error&) {
    return false;
  }
}

// Ids that the source does not use.
void ClipVideo::choose_ids() {
  const auto& sets = format_->sets;
  const auto free_id = [&](std::uint32_t from, std::uint32_t end, std::initializer_list<int> types) {
    for (std::uint32_t id = from; id < end; ++id) {
      if (std::none_of(types.begin(), types.end(), [&](int type) { return sets.has(type, id); })) return id;
    }
    refuse("the source uses all ids of parameter sets");
  };
  if (*codec_ == NalCodec::H264) {
    encoding_.parameter_set_id = static_cast<int>(free_id(0, 32, {7, 8}));
    const auto parsed = sets.h264().sps;
    if (parsed.empty()) refuse("the source's container has no parameter sets");
    encoding_.h264_profile = static_cast<int>(parsed.begin()->second.profile);
  } else {
    hevc_ids_ = {.vps = free_id(0, 16, {32}), .sps = free_id(0, 16, {33}), .pps = free_id(15, 31, {34})};
  }
}

void ClipVideo::add_stream(Muxer& muxer) {
  std::unique_ptr<AVCodecParameters, FreeParameters> parameters(avcodec_parameters_alloc());
  if (parameters == nullptr) throw std::bad_alloc();
  check_av(avcodec_parameters_copy(parameters.get(), stream().codecpar), "export a clip");
  std::optional<bitstream::ParameterSets> sets;
  if (format_) sets = format_->sets;
  if (plan_.rung != ExportRung::Copy) {
    const SpanEncoder encoder(stream(), source_.info().video, encoding_, [](const AVPacket&) {});
    const AVCodecContext& context = encoder.context();
    const auto header = bytes_of(context.extradata, context.extradata_size);
    encoder_header_.assign(header.begin(), header.end());
    if (!has_copied()) {
      check_av(avcodec_parameters_from_context(parameters.get(), &context), "export a clip");
      codec_ = nal_codec(context.codec_id);
      if (codec_) sets.emplace(*codec_);
    }
    if (sets) {
      if (rewrites_hevc_ids()) encoder_sets_.emplace(NalCodec::Hevc);
      for (const NalUnitView unit : bitstream::split_nal_units(header, 0)) {
        const auto own = rewrites_hevc_ids() ? bitstream::with_hevc_ids(unit, hevc_ids_)
                                             : bitstream::NalUnit(unit.begin(), unit.end());
        sets->take(own);
        if (encoder_sets_) encoder_sets_->take(own);
      }
    }
  }
  if (sets && plan_.rung == ExportRung::Smart && codec_ == NalCodec::H264) joined_sets_ = sets->h264();
  if (sets) set_extradata(*parameters, bitstream::decoder_configuration(*sets));
  track_ = encoding_.format.preset == ExportPreset::Web ? muxer.add_upright_stream(stream(), *parameters)
                                                        : muxer.add_stream_like(stream(), *parameters);
}

// How many frames later than it is decoded a frame must be shown for the times of decoding never to be later.
int ClipVideo::reordered() const {
  if (is_master(encoding_.format.preset)) return 0;
  return plan_.rung == ExportRung::Copy
             ? static_cast<int>(plan_.most_reordered)
             : std::max(static_cast<int>(plan_.most_reordered), SpanEncoder::most_reordered);
}

void ClipVideo::copy(const AVPacket& packet, FrameNumber frame) {
  UniquePacket copied;
  if (frame < plan_.copied.begin) {
    if (restart_) {
      restart_->leave_out(
          bitstream::split_nal_units(bytes_of(packet.data, packet.size), format_->length_bytes));
    }
    return;
  }
  if (codec_) {
    copied = copied_packet(packet);
  } else {
    copied = make_packet();
    check_av(av_packet_ref(copied.get(), &packet), "export a clip");
  }
  // What players may seek to: nothing that needs pictures from before.
  const bool is_flagged = (copied->flags & AV_PKT_FLAG_KEY) != 0;
  if (codec_ == NalCodec::H264 && is_flagged && !has_idr(packet, format_->length_bytes)) {
    copied->flags &= ~AV_PKT_FLAG_KEY;
  }
  if (!has_copied_first_) copied->flags |= AV_PKT_FLAG_KEY;
  has_copied_first_ = true;
  pending_.push_back({std::move(copied), frame});
  write_pending();
}

UniquePacket ClipVideo::copied_packet(const AVPacket& packet) {
  std::vector<NalUnitView> units;
  for (const NalUnitView unit :
       bitstream::split_nal_units(bytes_of(packet.data, packet.size), format_->length_bytes)) {
    if (format_->sets.would_change(unit)) refuse("the source's parameter sets change on the way");
    if (!is_left_out(*codec_, unit)) units.push_back(unit);
  }
  std::vector<std::byte> data;
  data.reserve(static_cast<std::size_t>(packet.size) + 64);
  if (*codec_ == NalCodec::H264) {
    if (!has_copied_first_ && !has_idr(packet, format_->length_bytes)) restart_.emplace(format_->sets.h264());
    if (restart_) {
      for (const auto& unit : restart_->keep(units)) bitstream::append_nal_unit(data, unit);
      return packet_of(data, packet);
    }
  }
  const bool is_joined = plan_.rung == ExportRung::Smart;
  if (is_joined && std::any_of(units.begin(), units.end(), bitstream::is_hevc_random_access)) {
    append_sets(data, format_->sets);
  }
  for (const NalUnitView unit : units) {
    if (*codec_ == NalCodec::Hevc && !has_copied_first_) {
      bitstream::append_nal_unit(data, bitstream::without_leading_pictures(unit));
    } else {
      bitstream::append_nal_unit(data, unit);
    }
  }
  return packet_of(data, packet);
}

SpanEncoder& ClipVideo::encoder_for(FrameNumber frame) {
  if (frame != next_encoded_) {
    throw Error(
        ErrorKind::Unsupported,
        fmt::format("encode a clip: frame {} was decoded where frame {} was due", frame, next_encoded_));
  }
  if (!encoder_) {
    encoder_ = std::make_unique<SpanEncoder>(stream(), source_.info().video, encoding_,
                                             [this](const AVPacket& packet) { take_encoded(packet); });
    const AVCodecContext& context = encoder_->context();
    const auto header = bytes_of(context.extradata, context.extradata_size);
    if (!std::equal(header.begin(), header.end(), encoder_header_.begin(), encoder_header_.end())) {
      refuse("two encoders wrote different parameter sets");
    }
  }
  return *encoder_;
}

void ClipVideo::encode(const Frame& frame) {
  encoder_for(frame.number()).encode(frame.av(), frame.pts());
  next_encoded_ = frame.number() + 1;
  if (next_encoded_ == plan_.head.end && plan_.head.length() > 0) {
    end_encoder();
    next_encoded_ = plan_.tail.begin;
    write_pending();
  }
  if (frame.number() + 1 == plan_.tail.end) {
    if (encoder_) end_encoder();
    write_pending();
  }
}

void ClipVideo::end_encoder() {
  encoder_->finish();
  encoder_.reset();
}

void ClipVideo::take_encoded(const AVPacket& packet) {
  const auto frame = table_.find(packet.pts);
  if (!frame || !span_.contains(*frame)) {
    throw Error(ErrorKind::Internal, "encode a clip: a picture came out at another time than it went in");
  }
  Piece piece{encoded_packet(packet), *frame};
  if (plan_.tail.contains(*frame)) {
    late_.push_back(std::move(piece));
    write_pending();
  } else {
    write(piece);
  }
}

void ClipVideo::append_sets(std::vector<std::byte>& data, const bitstream::ParameterSets& sets) const {
  if (sets.codec() != NalCodec::Hevc) return;
  for (const int type : {32, 33, 34}) {
    for (const NalUnitView unit : sets.of_type(type)) bitstream::append_nal_unit(data, unit);
  }
}

UniquePacket ClipVideo::encoded_packet(const AVPacket& packet) const {
  if (!codec_) {
    UniquePacket copy = make_packet();
    check_av(av_packet_ref(copy.get(), &packet), "export a clip");
    return copy;
  }
  std::vector<std::byte> data;
  data.reserve(static_cast<std::size_t>(packet.size) + 64);
  if (encoder_sets_ && (packet.flags & AV_PKT_FLAG_KEY) != 0) append_sets(data, *encoder_sets_);
  for (const NalUnitView unit : bitstream::split_nal_units(bytes_of(packet.data, packet.size), 0)) {
    if (is_left_out(*codec_, unit) || is_sei(*codec_, unit)) continue;
    if (rewrites_hevc_ids()) {
      bitstream::append_nal_unit(data, bitstream::with_hevc_ids(unit, hevc_ids_));
    } else if (joined_sets_) {
      bitstream::append_nal_unit(data, bitstream::with_idr_pic_id(unit, encoded_idr_pic_ids, *joined_sets_));
    } else {
      bitstream::append_nal_unit(data, unit);
    }
  }
  return packet_of(data, packet);
}

// What may be written by now: copied packets behind the whole head, the tail behind all of them.
void ClipVideo::write_pending() {
  const FrameNumber tail_begin = plan_.tail.begin - span_.begin;
  if (written_ < plan_.head.length()) return;
  while (!pending_.empty()) {
    write(pending_.front());
    pending_.pop_front();
  }
  while (!late_.empty() && written_ >= tail_begin) {
    write(late_.front());
    late_.pop_front();
  }
}

void ClipVideo::write(Piece& piece) {
  const std::int64_t base = table_[span_.begin].pts;
  const FrameNumber decoded = span_.begin + written_ - delay_;
  AVPacket& packet = *piece.packet;
  packet.pts = table_[piece.frame].pts - base;
  packet.dts = decoded >= span_.begin ? table_[decoded].pts - base
                                      : (decoded - span_.begin) * table_.ticks(span_.begin);
  packet.duration = table_.ticks(piece.frame);
  if (packet.dts > packet.pts) {
    throw Error(ErrorKind::Unsupported, "export a clip: its frames are reordered further than expected");
  }
  muxer_.write(packet, track_, table_.time_base());
  ++written_;
}

void ClipVideo::finish() {
  if (encoder_) end_encoder();
  write_pending();
  if (written_ != span_.length()) {
    throw Error(ErrorKind::Corrupt,
                fmt::format("export a clip: the source gave {} of its {} frames", written_, span_.length()));
  }
}

}  // namespace heaters::media
