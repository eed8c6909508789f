#include "media/master_size.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/check.h"
#include "media/demuxer.h"
#include "media/span_encoder.h"
#include "media/span_reader.h"

namespace heaters::media {

namespace {

constexpr FrameNumber run_count = 4;

// Counts what an encoder makes of some frames.
class CountedEncoding : public SpanListener {
 public:
  CountedEncoding(const Demuxer& source, const ExportFormat& format, std::size_t runs)
      : source_(source), format_(format), encoders_(runs) {}

  void on_frame(std::size_t run, const Frame& frame) override {
    auto& encoder = encoders_[run];
    if (!encoder) {
      encoder = std::make_unique<SpanEncoder>(source_.video_stream(), source_.info().video,
                                              SpanEncoder::Options{.format = format_},
                                              [this](const AVPacket& packet) { bytes_ += packet.size; });
    }
    encoder->encode(frame.av(), frame.pts());
    ++frames_;
  }
  void on_end(std::size_t run) override {
    if (encoders_[run]) encoders_[run]->finish();
    encoders_[run].reset();
  }

  double bytes_per_frame() const {
    return frames_ > 0 ? static_cast<double>(bytes_) / static_cast<double>(frames_) : 0;
  }

 private:
  const Demuxer& source_;
  const ExportFormat& format_;
  std::vector<std::unique_ptr<SpanEncoder>> encoders_;
  std::int64_t bytes_ = 0;
  FrameNumber frames_ = 0;
};

std::vector<SpanRequest> runs_in(FrameSpan span, FrameNumber length) {
  std::vector<SpanRequest> runs;
  for (FrameNumber run = 0; run < run_count; ++run) {
    const FrameNumber middle = span.begin + span.length() * (2 * run + 1) / (2 * run_count);
    const FrameNumber begin = std::max(span.begin, middle - length / 2);
    const FrameNumber end = std::min(span.end, begin + length);
    // Of a short span the runs would overlap.
    if (!runs.empty() && begin < runs.back().heard.end) continue;
    runs.push_back({.decoded = {{begin, end}}, .heard = {begin, end}});
  }
  return runs;
}

double sound_bytes(const Demuxer& source, double seconds, const MasterSettings& settings) {
  const auto& audio = source.info().audio;
  if (!audio) return 0;
  const double sample_bytes = audio->bits > 16 || audio->bits == 0 ? 3 : 2;
  constexpr double flac_share = 0.6;
  return seconds * audio->sample_rate * audio->channels * sample_bytes *
         (settings.has_pcm_sound ? 1 : flac_share);
}

}  // namespace

std::int64_t estimate_master_bytes(const std::filesystem::path& source, const FrameTable& table,
                                   FrameSpan span, const ExportFormat& format, const std::stop_token& stop) {
  HEATERS_CHECK(is_master(format.preset));
  const auto runs = runs_in(span, format.preset == ExportPreset::Ffv1 ? 12 : 50);
  const auto order = DecodeOrder::from_offsets(table);
  return read_or_count(source, table, order, runs, stop, [&](const Demuxer& demuxer, const auto& read) {
    CountedEncoding encoding(demuxer, format, runs.size());
    read(encoding);
    const double seconds = table.seconds(span.end) - table.seconds(span.begin);
    return static_cast<std::int64_t>(encoding.bytes_per_frame() * static_cast<double>(span.length()) +
                                     sound_bytes(demuxer, seconds, format.master));
  });
}

}  // namespace heaters::media
