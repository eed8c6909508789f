#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heaters::media {

// What exported clips are made as.
enum class ExportPreset {
  Source,  // as the source is: codec where we have its encoder (else H.264), depth, chroma, colours, size
  Web,     // H.264 High, 8 bits, 4:2:0, AAC: what browsers play
  ProRes,  // ProRes 422 HQ, 10 bits, PCM: for editing
};

std::string_view to_string(ExportPreset preset);  // "source", "web", "prores"
// Also "mezzanine", another name of ProRes; nullopt for what is none.
std::optional<ExportPreset> parse_export_preset(std::string_view text);

// ".mp4", or ".mov" for what MP4 does not hold. `source_codec`: libav's name.
std::string export_extension(const std::string& source_codec, ExportPreset preset);
// Whether packets of a codec may be copied into such a file.
bool can_export_copy(const std::string& source_codec);

}  // namespace heaters::media
