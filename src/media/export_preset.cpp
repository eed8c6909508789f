#include "media/export_preset.h"

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
  }
  HEATERS_CHECK(false);
}

std::optional<ExportPreset> parse_export_preset(std::string_view text) {
  if (text == "source") return ExportPreset::Source;
  if (text == "web") return ExportPreset::Web;
  if (text == "prores" || text == "mezzanine") return ExportPreset::ProRes;
  return std::nullopt;
}

std::string export_extension(const std::string& source_codec, ExportPreset preset) {
  if (preset == ExportPreset::ProRes) return ".mov";
  return preset == ExportPreset::Source && holds(quicktime_codecs, source_codec) ? ".mov" : ".mp4";
}

bool can_export_copy(const std::string& source_codec) {
  return holds(mp4_codecs, source_codec) || holds(quicktime_codecs, source_codec);
}

}  // namespace heaters::media
