// Writes what the model of gradual transitions decides by, for training it: shot_evidence VIDEO GRADUALS.csv

#include <fmt/os.h>

#include <cstdio>
#include <exception>
#include <iterator>

#include "media/demuxer.h"
#include "media/media_pass.h"
#include "media/yuv_reader.h"
#include "shots/shot_detector.h"

namespace heaters {
namespace {

class EvidenceWriter : public shots::GradualListener {
 public:
  explicit EvidenceWriter(const char* path) : file_(fmt::output_file(path)) {
    file_.print("begin,end,{},rule,score\n", fmt::join(shots::gradual_facts, ","));
  }

  void on_gradual(FrameNumber before, FrameNumber after, const shots::GradualEvidence& evidence,
                  float score) override {
    file_.print("{},{},{},{},{}\n", before, after, fmt::join(evidence, ","), shots::gradual_rule(evidence),
                score);
  }

 private:
  fmt::ostream file_;
};

class EvidenceSink : public media::FrameSink {
 public:
  explicit EvidenceSink(const char* path) : writer_(path) {}

  void consume(const media::Frame& frame) override {
    shrinker_.shrink(reader_.read(frame), picture_);
    detector_.push(picture_);
  }
  void finish() override { detector_.finish(); }

 private:
  EvidenceWriter writer_;
  media::YuvReader reader_;
  shots::Shrinker shrinker_;
  shots::SmallPicture picture_;
  shots::ShotDetector detector_{shots::best_simd_level(), &writer_};
};

int run(const char* video, const char* path) {
  media::Demuxer demuxer(video, {});
  EvidenceSink sink(path);
  media::run_media_pass(demuxer, {{&sink}, {}, {}}, {}, {});
  return 0;
}

}  // namespace
}  // namespace heaters

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: shot_evidence VIDEO GRADUALS.csv\n");
    return 64;
  }
  try {
    return heaters::run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "shot_evidence: {}\n", error.what());
    return 1;
  }
}
