#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace heaters::catalog {

struct Video;
struct Clip;
using VideoId = Id<Video>;
using ClipId = Id<Clip>;

// A stored object.
struct Artifact {
  std::string key;   // in the store
  std::string kind;  // as the schema's check lists them
  std::uint64_t bytes = 0;
  std::string sha256;
  std::string made_by;
  std::string storage_class = "STANDARD";
};

// A boundary: the first frame number of a new clip.
struct Cut {
  FrameNumber frame = 0;
  std::string kind;  // "cut", "dissolve", "fade"
  std::optional<double> score;
  bool operator==(const Cut&) const = default;
};

// What a reviewer thinks of a clip.
enum class Decision { Approved, Skipped, Archived };

std::string_view to_string(Decision decision);  // "approved", "skipped", "archived"
std::optional<Decision> parse_decision(std::string_view text);

// The span between two adjacent cuts, and what was decided about it.
struct Clip {
  ClipId id;
  FrameSpan span;
  std::string begin_kind = "cut";    // of the cut it begins with; "start" of the first clip
  std::optional<double> score;       // of that cut; nullopt when a person placed it
  std::optional<Decision> decision;  // nullopt: none yet
  bool is_grouped = false;           // belongs with the clip before it
  bool operator==(const Clip&) const = default;
};

// A clip and whose it is.
struct PlacedClip {
  VideoId video_id;
  Clip clip;
};

struct KeyframeOffset {
  FrameNumber frame = 0;
  std::int64_t pts = 0;
  std::optional<std::int64_t> byte_offset;
  bool operator==(const KeyframeOffset&) const = default;
};

struct VideoLoudness {
  double integrated_lufs = 0;
  double range_lu = 0;
  double sample_peak_dbfs = 0;
};

// What the catalog knows of a video, apart from its artifacts and cuts. The fields are the columns of
// `videos`.
struct Video {
  VideoId id;
  std::string title;
  std::string created_at;  // filled in by the catalog
  std::string source_sha256;
  std::optional<VideoId> copy_of;
  std::uint64_t source_bytes = 0;

  std::string container;
  std::string video_codec;
  std::optional<std::string> audio_codec;
  int width = 0;
  int height = 0;
  int rotation = 0;
  FrameNumber frame_count = 0;
  Rational time_base{1, 1};
  Rational frame_rate{0, 1};
  std::optional<std::string> timecode;  // of the first frame, as the source states it
  bool variable_frame_rate = false;
  double duration_seconds = 0;
  double start_seconds = 0;
  std::int64_t repaired_timestamps = 0;
  std::int64_t decode_errors = 0;

  std::string proxy_rung;
  std::string proxy_reason;
  std::string proxy_key;
  double proxy_shift_seconds = 0;

  std::optional<VideoLoudness> loudness;
  std::optional<double> waveform_start_seconds;

  int decode_passes = 0;
  int encoded_streams = 0;
  double wall_seconds = 0;
  double cpu_seconds = 0;
};

// A video with all that is recorded in the same transaction.
struct IngestedVideo {
  Video video;
  std::vector<Artifact> artifacts;
  std::vector<Cut> cuts;  // without the one at frame 0
  std::vector<KeyframeOffset> keyframes;
};

}  // namespace heaters::catalog
