#include "media/export_preset.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"

namespace heaters::media {

namespace {

// What MP4 and browsers take as it is, and what only QuickTime does.
constexpr std::array mp4_codecs = {"h264", "hevc", "av1", "vp9", "mpeg4", "mpeg2video", "mpeg1video"};
constexpr std::array quicktime_codecs = {"prores", "dnxhd", "mjpeg"};

template <typename List>
bool holds(const List& list, std::string_view codec) {
  return std::find(list.begin(), list.end(), codec) != list.end();
}

}  // namespace

std::string_view to_string(ExportPreset preset) {
  switch (preset) {
    case ExportPreset::Source:
      return "source";
    case ExportPreset::Web:
      return "web";
    case ExportPreset::ProRes:
      return "prores";
    case ExportPreset::Ffv1:
      return "ffv1";
    case ExportPreset::H264Lossless:
      return "h264-lossless";
  }
  HEATERS_CHECK(false);
}

std::optional<ExportPreset> parse_export_preset(std::string_view text) {
  if (text == "source") return ExportPreset::Source;
  if (text == "web") return ExportPreset::Web;
  if (text == "prores" || text == "mezzanine") return ExportPreset::ProRes;
  if (text == "ffv1") return ExportPreset::Ffv1;
  if (text == "h264-lossless") return ExportPreset::H264Lossless;
  return std::nullopt;
}

bool is_master(ExportPreset preset) {
  return preset == ExportPreset::Ffv1 || preset == ExportPreset::H264Lossless;
}

std::string settings_text(const ExportFormat& format) {
  const char* const sound = format.master.has_pcm_sound ? "pcm" : "flac";
  if (format.preset == ExportPreset::H264Lossless) return fmt::format("sound={}", sound);
  if (format.preset != ExportPreset::Ffv1) return {};
  return fmt::format("level={},slicecrc={},sound={}", format.master.ffv1_level,
                     format.master.has_slice_crc ? 1 : 0, sound);
}

std::optional<ExportFormat> parse_export_format(std::string_view preset, std::string_view settings) {
  const auto found = parse_export_preset(preset);
  if (!found) return std::nullopt;
  // There are few, so the text is compared with those of all.
  for (const int level : {3, 4}) {
    for (const bool has_slice_crc : {false, true}) {
      for (const bool has_pcm_sound : {false, true}) {
        const ExportFormat format(*found, {level, has_slice_crc, has_pcm_sound});
        if (settings_text(format) == settings) return format;
      }
    }
  }
  return std::nullopt;
}

std::string export_extension(const std::string& source_codec, ExportPreset preset) {
  if (preset == ExportPreset::ProRes) return ".mov";
  if (is_master(preset)) return ".mkv";
  return preset == ExportPreset::Source && holds(quicktime_codecs, source_codec) ? ".mov" : ".mp4";
}

bool can_export_copy(const std::string& source_codec) {
  return holds(mp4_codecs, source_codec) || holds(quicktime_codecs, source_codec);
}

}  // namespace heaters::media
