#include "shots/picture_difference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace heaters::shots {

namespace {

constexpr int block_width = 8;  // what Kernels::block_difference compares
constexpr int block_height = 6;
constexpr int reach = 4;       // cells a block may move each way
constexpr int row_bytes = 16;  // that Kernels::neighbour_differences reads
static_assert(2 * reach + 1 == Kernels::neighbours);

static_assert(SmallPicture::width % block_width == 0 && SmallPicture::height % block_height == 0);

struct BlockMatch {
  std::uint32_t difference;
  int dx;
  int dy;
};

// Exhaustive search; nearer displacements win ties, so that flat areas do not appear to move.
BlockMatch match_block(const SmallPicture& a, const SmallPicture& b, int x, int y, const Kernels& kernels) {
  constexpr int stride = SmallPicture::width;
  const std::uint8_t* block = a.y.data() + y * stride + x;
  BlockMatch best{kernels.block_difference(block, stride, b.y.data() + y * stride + x, stride, block_height),
                  0, 0};
  // Below this the block has not moved: less than one grey level.
  if (best.difference < block_width * block_height) return best;
  const int dy_min = std::max(-reach, -y);
  const int dy_max = std::min(reach, SmallPicture::height - block_height - y);
  const int dx_min = std::max(-reach, -x);
  const int dx_max = std::min(reach, SmallPicture::width - block_width - x);
  // All nine are looked at beside the border too, and those that are no displacements passed over.
  const int dx_first = std::clamp(-reach, -x, SmallPicture::width - row_bytes - x);
  std::array<std::uint16_t, Kernels::neighbours> differences{};
  for (int dy = dy_min; dy <= dy_max; ++dy) {
    const std::uint8_t* row = b.y.data() + (y + dy) * stride + x + dx_first;
    kernels.neighbour_differences(block, stride, row, stride, block_height, differences.data());
    for (int dx = dx_min; dx <= dx_max; ++dx) {
      const std::uint16_t difference = differences[static_cast<std::size_t>(dx - dx_first)];
      if (difference < best.difference) best = {difference, dx, dy};
    }
  }
  return best;
}

template <typename Cells>
std::uint32_t chroma_difference(const Cells& a, const Cells& b, int x, int y, const BlockMatch& match) {
  constexpr int stride = SmallPicture::chroma_width;
  const int dx = match.dx / 2;
  const int dy = match.dy / 2;
  std::uint32_t sum = 0;
  for (int row = 0; row < block_height / 2; ++row) {
    const std::uint8_t* of_a = a.data() + (y / 2 + row) * stride + x / 2;
    const std::uint8_t* of_b = b.data() + (y / 2 + row + dy) * stride + x / 2 + dx;
    for (int column = 0; column < block_width / 2; ++column) {
      sum += static_cast<std::uint32_t>(std::abs(int{of_a[column]} - int{of_b[column]}));
    }
  }
  return sum;
}

// What a difference is held against. Pictures with little contrast are not made to look very different by a
// grey level or two; two that are flat differ by their brightness alone, and a step of a fade is no other
// picture.
float contrast_of(const SmallPicture& a, const SmallPicture& b) {
  constexpr float least_contrast = 10;
  constexpr float between_flat = 60;
  const float flatness = std::max(0.0F, 1 - std::max(a.deviation, b.deviation) / flat_deviation);
  return (a.deviation + b.deviation) / 2 + least_contrast + flatness * (between_flat - least_contrast);
}

}  // namespace

PictureDifference compare(const SmallPicture& a, const SmallPicture& b, const Kernels& kernels) {
  const float contrast = contrast_of(a, b);
  const auto full = static_cast<std::uint32_t>(contrast / 3 * (block_width * block_height));
  std::uint32_t luma = 0;
  std::uint32_t chroma = 0;
  std::uint32_t changed = 0;
  for (int y = 0; y < SmallPicture::height; y += block_height) {
    for (int x = 0; x < SmallPicture::width; x += block_width) {
      const BlockMatch match = match_block(a, b, x, y, kernels);
      luma += match.difference;
      changed += std::min(match.difference, full);
      chroma += chroma_difference(a.u, b.u, x, y, match) + chroma_difference(a.v, b.v, x, y, match);
    }
  }
  constexpr float luma_cells = SmallPicture::width * SmallPicture::height;
  constexpr float chroma_cells = SmallPicture::chroma_width * SmallPicture::chroma_height;
  constexpr float blocks = luma_cells / (block_width * block_height);
  const float difference =
      static_cast<float>(luma) / luma_cells + 0.5F * static_cast<float>(chroma) / chroma_cells;
  return {difference / contrast, correlate(a, b),
          static_cast<float>(changed) / (blocks * static_cast<float>(full))};
}

float correlate(const SmallPicture& a, const SmallPicture& b) {
  std::uint32_t products = 0;
  for (std::size_t i = 0; i < a.y.size(); ++i) products += std::uint32_t{a.y[i]} * b.y[i];
  constexpr float flat = 1.5F;
  if (a.deviation < flat || b.deviation < flat) return 0;
  constexpr double cells = SmallPicture::width * SmallPicture::height;
  const double covariance = products / cells - double{a.mean} * b.mean;
  return static_cast<float>(covariance / (double{a.deviation} * b.deviation));
}

float PictureDifference::change() const {
  // Unrelated pictures correlate at up to 0.6 by chance of composition; above that it is the same scene.
  const float sameness = std::clamp((1 - correlation) / 0.4F, 0.15F, 1.0F);
  return moved * sameness;
}

}  // namespace heaters::shots
