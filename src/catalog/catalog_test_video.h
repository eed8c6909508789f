#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

namespace heaters::catalog {

// Records a video with cuts at the frames given, which is all that tests of rows about it need.
inline VideoId record_video(db::Database& database, const std::vector<FrameNumber>& cuts,
                            FrameNumber frame_count = 100) {
  Video video{.id = VideoId::make()};
  video.title = "a.mp4";
  // Any digest will do as long as no other video has it.
  video.source_sha256 = std::string(38, '0') + video.id.text();
  video.source_bytes = 1;
  video.container = "mp4";
  video.video_codec = "h264";
  video.width = video.height = 16;
  video.frame_count = frame_count;
  video.time_base = video.frame_rate = {25, 1};
  video.duration_seconds = static_cast<double>(frame_count) / 25;
  video.proxy_rung = "reuse";
  video.proxy_key = "videos/" + video.id.text() + "/source.mp4";
  video.decode_passes = 1;
  IngestedVideo ingested{.video = video, .artifacts = {}, .cuts = {}, .keyframes = {}};
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    ingested.cuts.push_back({cuts[i], "cut", 0.5 + static_cast<double>(i % 50) / 100});
  }
  db::Transaction transaction(database);
  Catalog(database).record(ingested);
  transaction.commit();
  return video.id;
}

}  // namespace heaters::catalog
