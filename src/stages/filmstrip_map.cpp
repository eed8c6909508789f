#include "stages/filmstrip_map.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/time.h"

namespace heaters::stages {

std::string filmstrip_json(const media::Filmstrip& filmstrip) {
  Json map;
  map["version"] = 1;
  map["tile_width"] = filmstrip.tile.width;
  map["tile_height"] = filmstrip.tile.height;
  map["sheets"] = Json::array();
  for (const auto& sheet : filmstrip.sheets) map["sheets"].push_back(sheet.filename().string());
  map["tiles"] = Json::array();
  for (const auto& tile : filmstrip.tiles) {
    Json each;
    each["frame"] = tile.frame;
    each["time"] = tile.seconds;
    each["sheet"] = tile.sheet;
    each["x"] = tile.x;
    each["y"] = tile.y;
    map["tiles"].push_back(std::move(each));
  }
  return map.dump() + "\n";
}

std::string filmstrip_vtt(const media::Filmstrip& filmstrip, double duration_seconds) {
  std::string text = "WEBVTT\n";
  for (std::size_t i = 0; i < filmstrip.tiles.size(); ++i) {
    const auto& tile = filmstrip.tiles[i];
    const double end = i + 1 < filmstrip.tiles.size() ? filmstrip.tiles[i + 1].seconds : duration_seconds;
    text += fmt::format("\n{} --> {}\n{}#xywh={},{},{},{}\n", format_clock_time(tile.seconds),
                        format_clock_time(end),
                        filmstrip.sheets[static_cast<std::size_t>(tile.sheet)].filename().string(), tile.x,
                        tile.y, filmstrip.tile.width, filmstrip.tile.height);
  }
  return text;
}

}  // namespace heaters::stages
