#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/progress.h"
#include "catalog/video.h"
#include "media/decoding_threads.h"
#include "media/filmstrip.h"
#include "media/frame_table.h"
#include "shots/detector.h"
#include "shots/score_curve.h"
#include "storage/store.h"

namespace heaters::stages {

// What shot detection found out, of a file or of a video in the catalog.
struct Detection {
  Rational frame_rate{0, 1};  // nominal; 0 when unknown
  media::FrameTable frame_table;
  shots::ScoreCurve curve;
  std::optional<media::Filmstrip> filmstrip;
  FrameNumber decoded_frames = 0;  // 0 when recalled
  // What the detector knows of each frame, when asked for: names, and by frame as many values.
  std::vector<std::string_view> statistic_names;
  std::vector<std::vector<float>> statistics;
};

struct DetectOptions {
  shots::Method method = shots::Method::Window;
  float level = 0;          // of a classic method; 0: its default
  bool is_guided = true;    // decode what is in doubt only, where nothing needs every frame
  bool statistics = false;  // needs every frame
  media::DecodingThreads threads = media::DecodingThreads::PerCore;
  // Gets the sheets of a filmstrip; needs every frame. Empty: none is made.
  std::filesystem::path stills_directory;
};

// Of a local file, in one pass that decodes what it must. Writes nothing else. Throws Error as a media pass
// does.
Detection detect_shots(const std::filesystem::path& path, const DetectOptions& options,
                       const std::stop_token& stop, const ProgressListener& on_progress);

// The same of what comes through a pipe, called `name` in messages; all of it is decoded, `is_guided` is not
// looked at, and a stop ends the stream: the result is of what came before. `on_settled`, when there is one,
// hears every two seconds of the stream what is settled so far: the frames of the detection end there.
using SettledListener = std::function<void(const Detection& settled)>;
Detection detect_stream(FileDescriptor stream, const std::string& name, const DetectOptions& options,
                        const std::stop_token& stop, const ProgressListener& on_progress,
                        const SettledListener& on_settled);

// The same for a video that was ingested, from its stored artifacts: nothing is decoded. The filmstrip's
// sheets are brought when `stills_directory` is not empty.
Detection recall_shots(const catalog::Video& video, storage::Store& store,
                       const std::filesystem::path& stills_directory);

}  // namespace heaters::stages
