// libFuzzer target: probe and the whole detection pass over hostile bytes. The file lives in memory only (memfd).
// Expected: a result or an Error; anything else is a finding.

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
#include "media/frame_table.h"
#include "media/keyframe_scan.h"
#include "shots/score_curve.h"
#include "stages/detect.h"

namespace {

using heaters::Error;
using heaters::Progress;

// A few bytes can claim a long video; what is looked for needs no more than this.
constexpr std::int64_t most_frames = 200;

void detect(const std::filesystem::path& path) {
  std::stop_source stop;
  const auto stop_early = [&](const Progress& progress) {
    if (progress.done > most_frames) stop.request_stop();
  };
  heaters::media::longest_keyframe_gap(path, 10, stop.get_token());
  const auto detection = heaters::stages::detect_shots(path, stop.get_token(), stop_early);
  heaters::media::FrameTable::decode(detection.frame_table.encode());
  heaters::shots::ScoreCurve::decode(detection.curve.encode());
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  heaters::media::route_libav_log();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const heaters::FileDescriptor file(::memfd_create("fuzz", MFD_CLOEXEC));
  if (::write(file.get(), data, size) != static_cast<ssize_t>(size)) return 0;
  try {
    detect(fmt::format("/proc/self/fd/{}", file.get()));
  } catch (const Error&) {
    return 0;
  }
  return 0;
}
