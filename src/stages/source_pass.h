#pragma once

#include <filesystem>
#include <stop_token>

#include "base/progress.h"
#include "media/frame_table.h"
#include "stages/ingest_options.h"
#include "stages/manifest.h"

namespace heaters::stages {

// Decodes a source once and writes into `directory` everything that is made of it: frame table, score curve,
// proxy if one is needed, filmstrip, poster, waveform. A second pass follows when copied packets turn out to
// be no proxy. Throws Error as a media pass does.
Manifest run_source_pass(const std::filesystem::path& source, const std::filesystem::path& directory,
                         const IngestOptions& options, const std::stop_token& stop,
                         const ProgressListener& on_progress);

// The last part of the source's key: keeps the file's kind visible to whoever looks into the store.
std::string source_name(const std::string& container);

// The frames of a file alone, by decoding it; and its codec, libav's name.
struct FramesOfFile {
  media::FrameTable table;
  std::string codec;
};
FramesOfFile read_frame_table(const std::filesystem::path& file, const std::stop_token& stop,
                              const ProgressListener& on_progress);

}  // namespace heaters::stages
