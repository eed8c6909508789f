#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "media/clip_plan.h"
#include "media/clip_proof.h"
#include "media/export_preset.h"
#include "media/frame_table.h"
#include "media/media_info.h"

namespace heaters::media {

struct ClipRequest {
  FrameSpan span;
  std::filesystem::path path;  // of the file to make, with the extension of export_extension()
};

// What became of a request.
struct ExportedClip {
  ExportRung rung = ExportRung::Encode;
  FrameSpan copied;  // of the source; the others were encoded
  FrameNumber copied_frames = 0;
  FrameNumber encoded_frames = 0;
  std::string reason;  // why no cheaper rung was taken, and what the cheaper ones that were tried lacked
  bool is_sound_encoded = false;
  ClipProof proof;
  std::optional<Error> error;  // nothing that can be proven was made, and no file is there
};

// Cuts clips out of a source, each by the cheapest rung whose proof holds: copied packets, else encoded ends
// and copied packets between, else all encoded, else encoded better. All clips are made in one read of the
// source and proven in a second; what fails is made again in another pair. Sound that can neither be copied
// nor decoded is left out, which the reason says. Throws InvalidInput for a span outside the table and for
// two requests of one path before anything is made, and what keeps all clips from being made (the source
// cannot be read, disk full, stop): then no file is left.
std::vector<ExportedClip> export_clips(const std::filesystem::path& source, const FrameTable& table,
                                       const std::vector<ClipRequest>& requests, const ExportFormat& format,
                                       const std::stop_token& stop, const ProgressListener& on_progress);

}  // namespace heaters::media
