#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "media/frame_table.h"
#include "media/image_encoder.h"
#include "media/picture_geometry.h"

namespace heaters::media {

// Which frames stand for a span.
enum class StillStrategy {
  Midpoint,  // the one in the middle
  Thirds,    // those at a quarter, the half and three quarters
  Sharpest,  // of nine that are spread evenly, the one with the most detail
};
std::optional<StillStrategy> parse_still_strategy(std::string_view text);  // "midpoint", "thirds", "sharpest"
std::string_view to_string(StillStrategy strategy);

struct StillOptions {
  StillStrategy strategy = StillStrategy::Midpoint;
  ImageFormat format = ImageFormat::Jpeg;
  int most_side = 0;  // pixels of the longer side; 0: as large as the source
};

// A picture that was written.
struct Still {
  std::size_t span = 0;  // of those that were asked for
  FrameNumber frame = 0;
  std::filesystem::path path;
};

// Writes stills of spans of a source as `<directory>/<begin>-<end>-<frame>.jpg`: upright, square pixels, 8
// bits, HDR tone-mapped. Reads the source once, and decodes only the groups of pictures that the frames lie
// in. Throws as export_clips() does.
std::vector<Still> export_stills(const std::filesystem::path& source, const FrameTable& table,
                                 const std::vector<FrameSpan>& spans, const StillOptions& options,
                                 const std::filesystem::path& directory, const std::stop_token& stop,
                                 const ProgressListener& on_progress);

// Who wants pictures of spans. A source whose times turn out to be wrong is read a second time, and begun
// anew.
class RgbStillListener {
 public:
  virtual ~RgbStillListener() = default;
  virtual void on_begin() = 0;  // what came before counts no more
  // As they are decoded: those of one span may come between those of another.
  virtual void on_still(std::size_t span, const std::vector<std::uint8_t>& rgb) = 0;
};

// The pictures of spans as RgbMaker makes them. Reads and throws as export_stills().
void read_stills(const std::filesystem::path& source, const FrameTable& table,
                 const std::vector<FrameSpan>& spans, StillStrategy strategy, PictureSize size,
                 RgbStillListener& listener, const std::stop_token& stop);

}  // namespace heaters::media
