// Writes what the model of gradual transitions decides by, for training it: shot_evidence VIDEO GRADUALS.csv

#include <fmt/os.h>

#include <cstdio>
#include <exception>

#include "media/demuxer.h"
#include "media/media_pass.h"
#include "shots/shot_detector.h"
#include "stages/detector_sink.h"

namespace heaters {
namespace {

void write_evidence(const char* video, const char* path) {
  fmt::ostream file = fmt::output_file(path);
  file.print("begin,end,{},rule\n", fmt::join(shots::gradual_facts, ","));
  const auto write = [&](FrameNumber before, FrameNumber after, const shots::GradualEvidence& evidence) {
    file.print("{},{},{},{}\n", before, after, fmt::join(evidence, ","), shots::gradual_rule(evidence));
  };
  media::Demuxer demuxer(video, {});
  stages::DetectorSink sink(std::make_unique<shots::ShotDetector>(shots::best_simd_level(), write));
  media::run_media_pass(demuxer, {{&sink}, {}, {}}, {}, {});
}

}  // namespace
}  // namespace heaters

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: shot_evidence VIDEO GRADUALS.csv\n");
    return 64;
  }
  try {
    heaters::write_evidence(argv[1], argv[2]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "shot_evidence: {}\n", error.what());
    return 1;
  }
}
