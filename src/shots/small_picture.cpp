#include "shots/small_picture.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace heaters::shots {

namespace {

// The samples [begin, end) that cell `index` of `cells` covers along a side of `length` samples; at least
// one.
struct Range {
  int begin;
  int end;
};

Range cell_range(int index, int cells, int length) {
  const auto at = [&](int i) { return static_cast<int>(std::int64_t{i} * length / cells); };
  const int begin = std::min(at(index), length - 1);
  return {begin, std::max(at(index + 1), begin + 1)};
}

// Rows that are read of every cell, at least. More add time (half of what detection takes at 1080p) and
// nothing that the mean of a cell would show. They are read in pairs, so that both fields of interlaced video
// count alike.
constexpr int enough_rows = 8;

bool is_read(int row_of_cell, int rows) {
  if (rows < 2 * enough_rows) return true;
  const bool is_paired = (row_of_cell | 1) < rows;
  return is_paired && row_of_cell / 2 % (rows / enough_rows) == 0;
}

template <typename Sum>
void average_cells(const std::vector<Sum>& sums, int length, int rows, int cells, int bit_depth,
                   std::uint8_t* out) {
  for (int cell = 0; cell < cells; ++cell) {
    const Range columns = cell_range(cell, cells, length);
    std::uint64_t sum = 0;
    for (int x = columns.begin; x < columns.end; ++x) sum += sums[static_cast<std::size_t>(x)];
    const auto count =
        static_cast<std::uint64_t>(columns.end - columns.begin) * static_cast<std::uint64_t>(rows)
        << (bit_depth - 8);
    out[cell] = static_cast<std::uint8_t>(std::min<std::uint64_t>(255, (sum + count / 2) / count));
  }
}

}  // namespace

void Shrinker::shrink(const YuvPicture& picture, SmallPicture& out) {
  HEATERS_CHECK(picture.y.width > 0 && picture.y.height > 0);
  shrink_plane(picture.y, picture.bit_depth, SmallPicture::width, SmallPicture::height, out.y.data());
  if (picture.u.width > 0) {
    shrink_plane(picture.u, picture.bit_depth, SmallPicture::chroma_width, SmallPicture::chroma_height,
                 out.u.data());
    shrink_plane(picture.v, picture.bit_depth, SmallPicture::chroma_width, SmallPicture::chroma_height,
                 out.v.data());
  } else {
    out.u.fill(128);
    out.v.fill(128);
  }
  std::uint32_t sum = 0;
  std::uint32_t squares = 0;
  for (const std::uint32_t sample : out.y) {
    sum += sample;
    squares += sample * sample;
  }
  constexpr double count = SmallPicture::width * SmallPicture::height;
  const double mean = sum / count;
  out.mean = static_cast<float>(mean);
  out.deviation = static_cast<float>(std::sqrt(std::max(0.0, squares / count - mean * mean)));
}

void Shrinker::shrink_plane(const Plane& plane, int bit_depth, int width, int height, std::uint8_t* out) {
  const auto columns = static_cast<std::size_t>(plane.width);
  for (int cell_row = 0; cell_row < height; ++cell_row) {
    const Range rows = cell_range(cell_row, height, plane.height);
    const int covered = rows.end - rows.begin;
    // 257 rows of 8-bit samples are what 16 bits can add up.
    const bool fits_16 = bit_depth == 8 && covered <= 257;
    if (fits_16) {
      sums16_.assign(columns, 0);
    } else {
      sums32_.assign(columns, 0);
    }
    int row_count = 0;
    for (int row = 0; row < covered; ++row) {
      if (!is_read(row, covered)) continue;
      add_row(plane, rows.begin + row, bit_depth, fits_16);
      ++row_count;
    }
    if (fits_16) {
      average_cells(sums16_, plane.width, row_count, width, bit_depth, out);
    } else {
      average_cells(sums32_, plane.width, row_count, width, bit_depth, out);
    }
    out += width;
  }
}

void Shrinker::add_row(const Plane& plane, int row, int bit_depth, bool fits_16) {
  const std::uint8_t* samples = plane.data + row * plane.stride;
  const auto columns = static_cast<std::size_t>(plane.width);
  if (fits_16) return kernels_.add_samples(sums16_.data(), samples, columns);
  if (bit_depth == 8) {
    for (std::size_t x = 0; x < columns; ++x) sums32_[x] += samples[x];
    return;
  }
  const auto* wide = static_cast<const std::uint16_t*>(static_cast<const void*>(samples));
  for (std::size_t x = 0; x < columns; ++x) sums32_[x] += wide[x];
}

}  // namespace heaters::shots
