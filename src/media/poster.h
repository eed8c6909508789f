#pragma once

#include <filesystem>
#include <optional>

#include "media/media_info.h"
#include "media/sinks.h"
#include "media/yuv_reader.h"

namespace heaters::media {

// Chooses the picture that stands for a video: the earliest frame that is clearly richer in contrast and less
// dark or blown out than those before it, so never a black one when any is not. Keeps one reference-counted
// frame.
class PosterSink : public FrameSink {
 public:
  // The poster is written to `path` as a JPEG with a short side of at most `short_side`.
  PosterSink(const VideoStreamInfo& video, int short_side, std::filesystem::path path);

  void consume(const Frame& frame) override;
  void finish() override;

 private:
  VideoStreamInfo video_;
  int short_side_;
  std::filesystem::path path_;
  YuvReader reader_;
  std::optional<Frame> best_;
  double best_score_ = 0;
};

}  // namespace heaters::media
