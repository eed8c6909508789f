#include "media/poster.h"

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "media/image_encoder.h"
#include "media/still_maker.h"

namespace heaters::media {

namespace {

constexpr int poster_quality = 4;

struct Brightness {
  double mean = 0;  // 0 to 255
  double deviation = 0;
};

// Of 32 by 18 single samples: enough to tell a picture from darkness, and nothing to pay for.
Brightness brightness(const YuvPicture& picture) {
  constexpr int columns = 32;
  constexpr int rows = 18;
  double sum = 0;
  double squares = 0;
  for (int row = 0; row < rows; ++row) {
    const std::uint8_t* line =
        picture.y.data + (picture.y.height * (2 * row + 1) / (2 * rows)) * picture.y.stride;
    for (int column = 0; column < columns; ++column) {
      const int x = picture.y.width * (2 * column + 1) / (2 * columns);
      const int sample =
          picture.bit_depth > 8 ? (line[2 * x] | line[2 * x + 1] << 8) >> (picture.bit_depth - 8) : line[x];
      sum += sample;
      squares += static_cast<double>(sample) * sample;
    }
  }
  constexpr double count = columns * rows;
  const double mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

// Contrast counts up to what an ordinary picture has; darkness and glare count against.
double poster_score(const Brightness& b) {
  const double contrast = std::min(b.deviation, 50.0);
  const double off_centre = std::abs(b.mean - 120.0) / 120.0;
  return (contrast + 1) * std::max(0.05, 1.0 - off_centre * off_centre * 0.8);
}

}  // namespace

PosterSink::PosterSink(const VideoStreamInfo& video, int short_side, std::filesystem::path path)
    : video_(video), short_side_(short_side), path_(std::move(path)) {}

void PosterSink::consume(const Frame& frame) {
  // B frames may lack the loop filter; one will do while there is nothing but darkness.
  constexpr double poor = 12;
  if (best_ && best_score_ > poor && frame.is_bidirectional()) return;
  const double score = poster_score(brightness(reader_.read(frame)));
  if (best_ && score <= best_score_ * 1.1) return;
  best_ = frame.share();
  best_score_ = score;
}

void PosterSink::finish() {
  if (!best_) return;
  StillMaker stills(video_, fit_short_side(video_, short_side_));
  write_file(path_, encode_image(stills.make(*best_), ImageFormat::Jpeg, poster_quality));
}

}  // namespace heaters::media
