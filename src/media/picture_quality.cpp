#include "media/picture_quality.h"

#include <new>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/digest.h"
#include "media/av.h"

namespace heaters::media {

namespace {

struct Plane {
  int bytes = 0;  // of a row
  int rows = 0;
};

int plane_count(const AVFrame& frame) {
  return av_pix_fmt_count_planes(static_cast<AVPixelFormat>(frame.format));
}

Plane plane_of(const AVFrame& frame, int index) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor& description = *av_pix_fmt_desc_get(format);
  const int shift = index == 1 || index == 2 ? description.log2_chroma_h : 0;
  return {av_image_get_linesize(format, frame.width, index), AV_CEIL_RSHIFT(frame.height, shift)};
}

const std::uint8_t* row_of(const AVFrame& frame, int plane, int row) {
  return frame.data[plane] + std::ptrdiff_t{row} * frame.linesize[plane];
}

// Luma samples of 8 to 16 bits as they are stored.
class Luma {
 public:
  explicit Luma(const AVFrame& frame)
      : frame_(frame),
        bytes_(av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format))->comp[0].depth > 8 ? 2 : 1) {}

  void read(int row, int first, std::span<int> to) const {
    const std::uint8_t* from = row_of(frame_, 0, row) + std::ptrdiff_t{first} * bytes_;
    for (int& each : to) {
      each = bytes_ == 1 ? from[0] : from[0] | (from[1] << 8);
      from += bytes_;
    }
  }

 private:
  const AVFrame& frame_;
  int bytes_;
};

// Sums over one block.
struct BlockSums {
  std::int64_t a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  double ssim(int count, double peak) const {
    const double c1 = std::pow(0.01 * peak, 2);
    const double c2 = std::pow(0.03 * peak, 2);
    const auto mean = [&](std::int64_t sum) { return static_cast<double>(sum) / count; };
    const double variance_a = mean(aa) - mean(a) * mean(a);
    const double variance_b = mean(bb) - mean(b) * mean(b);
    const double covariance = mean(ab) - mean(a) * mean(b);
    return (2 * mean(a) * mean(b) + c1) * (2 * covariance + c2) /
           ((mean(a) * mean(a) + mean(b) * mean(b) + c1) * (variance_a + variance_b + c2));
  }
};

}  // namespace

bool is_same_format(const AVFrame& a, const AVFrame& b) {
  return without_range(a.format) == without_range(b.format) && a.width == b.width && a.height == b.height;
}

bool is_same_picture(const AVFrame& a, const AVFrame& b) {
  if (!is_same_format(a, b)) return false;
  for (int i = 0; i < plane_count(a); ++i) {
    const Plane plane = plane_of(a, i);
    for (int row = 0; row < plane.rows; ++row) {
      if (std::memcmp(row_of(a, i, row), row_of(b, i, row), static_cast<std::size_t>(plane.bytes)) != 0)
        return false;
    }
  }
  return true;
}

PictureQuality compare_pictures(const AVFrame& a, const AVFrame& b) {
  HEATERS_CHECK(is_same_format(a, b));
  constexpr int side = 8;
  const Luma luma_a(a);
  const Luma luma_b(b);
  const int depth = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(a.format))->comp[0].depth;
  const double peak = static_cast<double>((1 << depth) - 1);
  double squared = 0;
  double ssim = 0;
  std::int64_t blocks = 0;
  std::array<int, side> row_a{};
  std::array<int, side> row_b{};
  for (int top = 0; top < a.height; top += side) {
    for (int left = 0; left < a.width; left += side) {
      BlockSums sums;
      const int width = std::min(side, a.width - left);
      const int height = std::min(side, a.height - top);
      for (int row = top; row < top + height; ++row) {
        const auto columns = static_cast<std::size_t>(width);
        luma_a.read(row, left, std::span(row_a).first(columns));
        luma_b.read(row, left, std::span(row_b).first(columns));
        for (std::size_t i = 0; i < columns; ++i) {
          const std::int64_t x = row_a[i];
          const std::int64_t y = row_b[i];
          sums.a += x;
          sums.b += y;
          sums.aa += x * x;
          sums.bb += y * y;
          sums.ab += x * y;
        }
      }
      squared += static_cast<double>(sums.aa + sums.bb - 2 * sums.ab);
      ssim += sums.ssim(width * height, peak);
      ++blocks;
    }
  }
  const double mean = squared / (double(a.width) * a.height);
  constexpr double equal = 100;
  return {.psnr = mean > 0 ? std::min(equal, 10 * std::log10(peak * peak / mean)) : equal,
          .ssim = ssim / static_cast<double>(blocks)};
}

PictureDigest::PictureDigest() : state_(av_murmur3_alloc()) {
  if (state_ == nullptr) throw std::bad_alloc();
  av_murmur3_init(state_);
}

PictureDigest::~PictureDigest() {
  av_free(state_);
}

void PictureDigest::update(const AVFrame& frame) {
  for (int i = 0; i < plane_count(frame); ++i) {
    const Plane plane = plane_of(frame, i);
    for (int row = 0; row < plane.rows; ++row) {
      av_murmur3_update(state_, row_of(frame, i, row), static_cast<std::size_t>(plane.bytes));
    }
  }
}

std::string PictureDigest::finish_hex() {
  std::array<std::uint8_t, 16> bytes{};
  av_murmur3_final(state_, bytes.data());
  return Digest::hex(std::as_bytes(std::span(bytes)));
}

}  // namespace heaters::media
