#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/progress.h"
#include "media/filmstrip.h"
#include "media/frame_table.h"
#include "media/media_info.h"
#include "shots/score_curve.h"

namespace heaters::stages {

// Shot detection alone.
struct Detection {
  media::MediaInfo info;
  media::FrameTable frame_table;
  shots::ScoreCurve curve;
  std::optional<media::Filmstrip> filmstrip;
};

// One decode pass over a local file; writes nothing unless `stills_directory` is given, which then gets the
// sheets of a filmstrip. Throws Error as a media pass does.
Detection detect_shots(const std::filesystem::path& path, const std::stop_token& stop,
                       const ProgressListener& on_progress,
                       const std::optional<std::filesystem::path>& stills_directory = std::nullopt);

}  // namespace heaters::stages
