#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "media/media_info.h"
#include "media/picture_geometry.h"
#include "media/sinks.h"

namespace heaters::media {

// Where one small still of a filmstrip is.
struct FilmstripTile {
  FrameNumber frame = 0;
  double seconds = 0;  // since the first frame
  int sheet = 0;
  int x = 0;  // of the tile's left top corner in the sheet, pixels
  int y = 0;
};

struct Filmstrip {
  PictureSize tile;
  std::vector<FilmstripTile> tiles;
  std::vector<std::filesystem::path> sheets;  // JPEG
};

struct FilmstripOptions {
  int tile_box = 160;           // both sides of a tile are at most this, pixels
  double seconds_per_tile = 1;  // at least
  int tiles_max = 1000;         // long videos get a larger interval instead of more tiles
};

// Samples frames at an even interval into sprite sheets of 10 by 10 tiles, written as
// `<directory>/filmstrip-<n>.jpg`.
class FilmstripSink : public FrameSink {
 public:
  FilmstripSink(const MediaInfo& info, const FilmstripOptions& options, std::filesystem::path directory);
  ~FilmstripSink() override;

  void consume(const Frame& frame) override;
  void finish() override;

  const Filmstrip& filmstrip() const { return filmstrip_; }

 private:
  class Sheet;

  void write_sheet();

  Rational time_base_;
  double interval_;
  int tiles_max_;
  std::filesystem::path directory_;
  std::unique_ptr<Sheet> sheet_;
  Filmstrip filmstrip_;
  std::optional<std::int64_t> first_pts_;
  double next_seconds_ = 0;
};

}  // namespace heaters::media
