// libFuzzer target: probe and a whole pass, with every sink that reads frames or sound, over hostile bytes.
// The source lives in memory only (memfd). Expected: a result or an Error; anything else is a finding.

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "base/error.h"
#include "base/file.h"
#include "media/av_log.h"
#include "media/demuxer.h"
#include "media/filmstrip.h"
#include "media/frame_table.h"
#include "media/keyframe_scan.h"
#include "media/loudness.h"
#include "media/media_pass.h"
#include "media/poster.h"
#include "media/proxy_ladder.h"
#include "media/proxy_writer.h"
#include "media/waveform.h"
#include "shots/score_curve.h"
#include "stages/guided_detection.h"
#include "stages/shot_sink.h"

namespace {

namespace media = heaters::media;
using heaters::Error;
using heaters::Progress;

// A few bytes can claim a long video or a large picture; what is looked for needs no more than this.
constexpr std::int64_t most_frames = 200;
constexpr std::int64_t most_pixels_encoded = 640 * 480;

void pass_over_what_may_be(const std::filesystem::path& path) {
  std::stop_source stop;
  try {
    heaters::stages::detect_guided(path, media::DecodingThreads::PerCore, stop.get_token(),
                                   [&](const Progress& progress) {
                                     if (progress.done > most_frames) stop.request_stop();
                                   });
  } catch (const Error&) {
    return;
  }
}

void pass(const std::filesystem::path& path, const std::filesystem::path& scratch) {
  std::stop_source stop;
  const auto stop_early = [&](const Progress& progress) {
    if (progress.done > most_frames) stop.request_stop();
  };
  media::scan_keyframes(path, 10, stop.get_token());
  media::Demuxer demuxer(path, stop.get_token());
  const media::MediaInfo& info = demuxer.info();
  media::FrameTableSink frame_table(info.video.time_base);
  heaters::stages::ShotSink shots(info.video.time_base);
  media::FilmstripSink filmstrip(info, {}, scratch);
  media::PosterSink poster(info.video, 180, scratch / "poster.jpg");
  media::LoudnessSink loudness;
  media::WaveformSink waveform;
  media::PassSinks sinks{{&frame_table, &shots, &filmstrip, &poster}, {&loudness, &waveform}, {}};
  std::optional<media::ProxyWriter> writer;
  const auto decision = media::decide_proxy(info, std::nullopt, {});
  const bool is_small = std::int64_t{info.video.width} * info.video.height <= most_pixels_encoded;
  if (decision.rung != media::ProxyRung::Reuse && is_small) {
    writer.emplace(decision.rung, demuxer, media::ProxyProfile{.preset = "ultrafast"}, scratch / "proxy.mp4");
    writer->listen(sinks);
  }
  media::run_media_pass(demuxer, sinks, stop.get_token(), stop_early);
  if (writer) writer->finish();
  media::FrameTable::decode(frame_table.table().encode());
  heaters::shots::ScoreCurve::decode(shots.curve().encode());
  heaters::looks::LookTrack::decode(shots.looks().encode());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  media::route_libav_log();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const heaters::TemporaryDirectory scratch("/dev/shm");
  const heaters::FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    const std::string path = fmt::format("/proc/self/fd/{}", file.get());
    pass_over_what_may_be(path);
    pass(path, scratch.path());
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
