#include "shots/blend.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace heaters::shots {

namespace {

struct Sums {
  std::int64_t between = 0;   // |b - a|^2
  std::int64_t moved = 0;     // |middle - a|^2
  std::int64_t together = 0;  // (middle - a) . (b - a)
};

template <typename Cells>
void add(Sums& sums, const Cells& a, const Cells& middle, const Cells& b) {
  std::int32_t between = 0;  // 2304 cells of 255^2 fit 32 bits
  std::int32_t moved = 0;
  std::int32_t together = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::int32_t to_b = std::int32_t{b[i]} - a[i];
    const std::int32_t to_middle = std::int32_t{middle[i]} - a[i];
    between += to_b * to_b;
    moved += to_middle * to_middle;
    together += to_b * to_middle;
  }
  sums.between += between;
  sums.moved += moved;
  sums.together += together;
}

}  // namespace

Blend fit_blend(const SmallPicture& a, const SmallPicture& middle, const SmallPicture& b) {
  Sums sums;
  add(sums, a.y, middle.y, b.y);
  add(sums, a.u, middle.u, b.u);
  add(sums, a.v, middle.v, b.v);
  if (sums.between == 0) return {};
  const auto between = static_cast<double>(sums.between);
  const double alpha = static_cast<double>(sums.together) / between;
  const double left = static_cast<double>(sums.moved) - alpha * static_cast<double>(sums.together);
  constexpr double cells = SmallPicture::width * SmallPicture::height;
  return {static_cast<float>(alpha), static_cast<float>(std::sqrt(std::max(0.0, left) / between)),
          static_cast<float>(std::sqrt(between / cells))};
}

}  // namespace heaters::shots
