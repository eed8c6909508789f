#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/progress.h"
#include "catalog/video.h"
#include "media/filmstrip.h"
#include "media/frame_table.h"
#include "shots/score_curve.h"
#include "storage/store.h"

namespace heaters::stages {

// What shot detection found out, of a file or of a video in the catalog.
struct Detection {
  Rational frame_rate{0, 1};  // nominal; 0 when unknown
  media::FrameTable frame_table;
  shots::ScoreCurve curve;
  std::optional<media::Filmstrip> filmstrip;
};

// One decode pass over a local file; writes nothing unless `stills_directory` is given, which then gets the
// sheets of a filmstrip. Throws Error as a media pass does.
Detection detect_shots(const std::filesystem::path& path, const std::stop_token& stop,
                       const ProgressListener& on_progress,
                       const std::optional<std::filesystem::path>& stills_directory = std::nullopt);

// The same for a video that was ingested, from its stored artifacts: nothing is decoded. The filmstrip's
// sheets are brought when `stills_directory` is not empty.
Detection recall_shots(const catalog::Video& video, storage::Store& store,
                       const std::filesystem::path& stills_directory);

}  // namespace heaters::stages
