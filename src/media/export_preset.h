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
  Ffv1,    // a master: every sample of every picture as the source decodes (RFC 9043), in Matroska
  H264Lossless,  // the same in H.264 High 4:4:4 Predictive
};

// "source", "web", "prores", "ffv1", "h264-lossless"
std::string_view to_string(ExportPreset preset);
// Also "mezzanine", another name of ProRes; nullopt for what is none.
std::optional<ExportPreset> parse_export_preset(std::string_view text);

// Whether what is made must decode to the source's own samples.
bool is_master(ExportPreset preset);

// How a master is made.
struct MasterSettings {
  int ffv1_level = 3;          // 3, or 4, which libav calls an experiment
  bool has_slice_crc = true;   // FFV1: a checksum of each slice, so that damage is found and kept small
  bool has_pcm_sound = false;  // FLAC otherwise

  bool operator==(const MasterSettings&) const = default;
};

// A preset with its settings. A preset alone is one with the usual settings.
struct ExportFormat {
  ExportFormat(ExportPreset which) : preset(which) {}  // NOLINT(google-explicit-constructor)
  ExportFormat(ExportPreset which, const MasterSettings& settings) : preset(which), master(settings) {}

  ExportPreset preset;
  MasterSettings master;
};

// The settings that count for a preset as text, the same for the same: "level=3,slicecrc=1,sound=flac"; empty
// for presets without any.
std::string settings_text(const ExportFormat& format);
// nullopt for what is no such text of that preset.
std::optional<ExportFormat> parse_export_format(std::string_view preset, std::string_view settings);

// ".mp4", or ".mov" for what MP4 does not hold, or ".mkv" for masters. `source_codec`: libav's name.
std::string export_extension(const std::string& source_codec, ExportPreset preset);
// Whether packets of a codec may be copied into such a file.
bool can_export_copy(const std::string& source_codec);

}  // namespace heaters::media
