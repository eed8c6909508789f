#include "stages/filmstrip_map.h"

#include <fmt/format.h>

#include "base/error.h"
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

media::Filmstrip parse_filmstrip_json(const std::string& text, const std::filesystem::path& directory) {
  media::Filmstrip filmstrip;
  try {
    const Json map = Json::parse(text);
    filmstrip.tile = {map.at("tile_width"), map.at("tile_height")};
    for (const auto& sheet : map.at("sheets")) {
      // A name, never a path that leads elsewhere.
      filmstrip.sheets.push_back(directory / std::filesystem::path(sheet.get<std::string>()).filename());
    }
    for (const auto& tile : map.at("tiles")) {
      filmstrip.tiles.push_back(
          {tile.at("frame"), tile.at("time"), tile.at("sheet"), tile.at("x"), tile.at("y")});
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::Corrupt,
                fmt::format("read the filmstrip map in \"{}\": {}", directory.string(), error.what()));
  }
  return filmstrip;
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
