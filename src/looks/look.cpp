#include "looks/look.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace heaters::looks {

namespace {

using shots::SmallPicture;

constexpr int grid_width = 32;
constexpr int grid_height = 18;
constexpr std::size_t frequencies_at = 0;
constexpr std::size_t gradients_at = 64;
constexpr std::size_t colours_at = 192;
constexpr std::size_t motion_at = 240;
// How much each kind of feature counts, before all are one direction.
constexpr float frequencies_weight = 1.0F;
constexpr float gradients_weight = 1.0F;
constexpr float colours_weight = 0.6F;
constexpr float motion_weight = 0.25F;
// Features below these lengths are noise, not structure: they count less instead of being blown up.
constexpr float least_frequencies = 30;
constexpr float least_gradients = 60;
constexpr float least_colours = 25;
constexpr float least_motion = 2;
// No component of a direction of this many dimensions is larger in practice; larger ones are cut.
constexpr float largest_component = 0.5F;

constexpr float brightest_border = 64;  // luma; borders of pictures that were made brighter are not black
constexpr float border_noise = 8;       // within a border, and over time
constexpr float highest_bars = 0.27F;   // of the height: 2.76:1 in 16:9, within other bars
constexpr float widest_bars = 0.36F;    // of the width: 9:16 in 16:9

std::size_t cell_at(int x, int y, int width) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

// The mean of a plane over a part of it, borders of cells included by their share.
class Area {
 public:
  Area(const std::uint8_t* samples, int width, int height)
      : samples_(samples), width_(width), height_(height) {}

  float mean(float left, float top, float right, float bottom) const {
    float sum = 0;
    float weight = 0;
    for (int y = std::max(0, static_cast<int>(top)); y < height_ && static_cast<float>(y) < bottom; ++y) {
      const float rows = share(y, top, bottom);
      for (int x = std::max(0, static_cast<int>(left)); x < width_ && static_cast<float>(x) < right; ++x) {
        const float area = rows * share(x, left, right);
        sum += area * static_cast<float>(samples_[cell_at(x, y, width_)]);
        weight += area;
      }
    }
    return weight > 0 ? sum / weight : 0;
  }

 private:
  static float share(int cell, float begin, float end) {
    const auto at = static_cast<float>(cell);
    return std::min(at + 1, end) - std::max(at, begin);
  }

  const std::uint8_t* samples_;
  int width_;
  int height_;
};

using Grid = std::array<float, grid_width * grid_height>;

Grid content_grid(const SmallPicture& picture, const ContentBox& box) {
  const Area luma(picture.y.data(), SmallPicture::width, SmallPicture::height);
  const float step_x = (box.right - box.left) / grid_width;
  const float step_y = (box.bottom - box.top) / grid_height;
  Grid grid{};
  for (int y = 0; y < grid_height; ++y) {
    for (int x = 0; x < grid_width; ++x) {
      const float left = box.left + static_cast<float>(x) * step_x;
      const float top = box.top + static_cast<float>(y) * step_y;
      grid[cell_at(x, y, grid_width)] = luma.mean(left, top, left + step_x, top + step_y);
    }
  }
  return grid;
}

// Makes a part of the vector as long as its weight; what is shorter than `least` stays shorter.
void weigh(std::span<float> part, float weight, float least) {
  float squares = 0;
  for (const float each : part) squares += each * each;
  const float length = std::sqrt(squares);
  const float factor = weight / std::sqrt(length * length + least * least);
  for (float& each : part) each *= factor;
}

template <std::size_t count>
std::array<std::array<float, count>, 8> cosines() {
  std::array<std::array<float, count>, 8> table{};
  for (std::size_t u = 0; u < 8; ++u) {
    for (std::size_t x = 0; x < count; ++x) {
      table[u][x] = std::cos(std::numbers::pi_v<float> * static_cast<float>(u) *
                             (static_cast<float>(x) + 0.5F) / static_cast<float>(count));
    }
  }
  return table;
}

void add_frequencies(const Grid& grid, std::span<float> part) {
  static const auto across = cosines<grid_width>();
  static const auto down = cosines<grid_height>();
  std::array<std::array<float, grid_height>, 8> rows{};
  for (std::size_t u = 0; u < 8; ++u) {
    for (std::size_t y = 0; y < grid_height; ++y) {
      for (std::size_t x = 0; x < grid_width; ++x) rows[u][y] += across[u][x] * grid[y * grid_width + x];
    }
  }
  for (std::size_t u = 0; u < 8; ++u) {
    for (std::size_t v = 0; v < 8; ++v) {
      if (u == 0 && v == 0) continue;
      float sum = 0;
      for (std::size_t y = 0; y < grid_height; ++y) sum += down[v][y] * rows[u][y];
      // Pictures have less of the higher ones; this evens them out by half.
      part[v * 8 + u] = sum / (grid_width * grid_height) * std::sqrt(static_cast<float>(1 + u + v)) * 4;
    }
  }
}

// Adds to the two nearest of `count` bins on a line or, when it wraps, a circle.
struct Split {
  std::size_t first;
  std::size_t second;
  float to_second;
};

Split split_on_line(float position, std::size_t count) {
  const float at = std::clamp(position - 0.5F, 0.0F, static_cast<float>(count) - 1);
  const auto first = static_cast<std::size_t>(at);
  return {first, std::min(first + 1, count - 1), at - static_cast<float>(first)};
}

void add_gradients(const Grid& grid, std::span<float> part) {
  constexpr std::size_t directions = 8;
  for (int y = 1; y + 1 < grid_height; ++y) {
    for (int x = 1; x + 1 < grid_width; ++x) {
      const auto at = cell_at(x, y, grid_width);
      const float dx = grid[at + 1] - grid[at - 1];
      const float dy = grid[at + grid_width] - grid[at - grid_width];
      const float strength = std::sqrt(dx * dx + dy * dy);
      if (strength < 1) continue;
      const float turn = std::atan2(dy, dx) / (2 * std::numbers::pi_v<float>)+0.5F;
      const float bin = turn * directions;
      const auto lower = static_cast<std::size_t>(bin);
      const float to_upper = bin - static_cast<float>(lower);
      const Split column = split_on_line((static_cast<float>(x) + 0.5F) * 4 / grid_width, 4);
      const Split row = split_on_line((static_cast<float>(y) + 0.5F) * 4 / grid_height, 4);
      for (const auto& [r, row_share] :
           {std::pair(row.first, 1 - row.to_second), std::pair(row.second, row.to_second)}) {
        for (const auto& [c, column_share] :
             {std::pair(column.first, 1 - column.to_second), std::pair(column.second, column.to_second)}) {
          float* cell = &part[(r * 4 + c) * directions];
          cell[lower % directions] += strength * row_share * column_share * (1 - to_upper);
          cell[(lower + 1) % directions] += strength * row_share * column_share * to_upper;
        }
      }
    }
  }
  // One strong edge must not be all that counts.
  for (float& each : part) each = std::sqrt(each);
}

void add_colours(const SmallPicture& picture, const ContentBox& box, std::span<float> part) {
  constexpr int columns = 6;
  constexpr int rows = 4;
  const float left = box.left / 2;
  const float top = box.top / 2;
  const float step_x = (box.right - box.left) / 2 / columns;
  const float step_y = (box.bottom - box.top) / 2 / rows;
  std::size_t at = 0;
  for (const auto* plane : {&picture.u, &picture.v}) {
    const Area area(plane->data(), SmallPicture::chroma_width, SmallPicture::chroma_height);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < columns; ++x) {
        const float from_x = left + static_cast<float>(x) * step_x;
        const float from_y = top + static_cast<float>(y) * step_y;
        part[at++] = area.mean(from_x, from_y, from_x + step_x, from_y + step_y) - 128;
      }
    }
  }
}

}  // namespace

void BorderFinder::clear() {
  brightest_.fill(0);
  darkest_.fill(255);
}

void BorderFinder::add(const shots::SmallPicture& picture) {
  for (std::size_t i = 0; i < brightest_.size(); ++i) {
    brightest_[i] = std::max(brightest_[i], picture.y[i]);
    darkest_[i] = std::min(darkest_[i], picture.y[i]);
  }
}

ContentBox BorderFinder::content() const {
  constexpr int width = SmallPicture::width;
  constexpr int height = SmallPicture::height;
  const auto at = [](int x, int y) { return cell_at(x, y, width); };
  const float top = border(height, width, [&](int line, int i) { return at(i, line); });
  const float bottom = border(height, width, [&](int line, int i) { return at(i, height - 1 - line); });
  const float left = border(width, height, [&](int line, int i) { return at(line, i); });
  const float right = border(width, height, [&](int line, int i) { return at(width - 1 - line, i); });
  ContentBox box;
  // Bars are as wide on both sides. What is dark on one side only, or more than bars are, is picture: a title
  // on black, a night.
  constexpr float uneven = 1.5F;
  if (std::abs(top - bottom) <= uneven && std::max(top, bottom) <= highest_bars * height) {
    box.top = top;
    box.bottom = height - bottom;
  }
  if (std::abs(left - right) <= uneven && std::max(left, right) <= widest_bars * width) {
    box.left = left;
    box.right = width - right;
  }
  return box;
}

// How many lines from an edge are border, and of the next one the share by which it is nearer to the border
// than to the line behind it. Bars within bars count: a copy of what had some may get more.
template <typename Cell>
float BorderFinder::border(int lines, int across, const Cell& cell) const {
  const auto mean = [&](int line) {
    float sum = 0;
    for (int i = 0; i < across; ++i) sum += static_cast<float>(brightest_[cell(line, i)]);
    return sum / static_cast<float>(across);
  };
  int whole = 0;
  float level = 0;
  constexpr int most_levels = 2;
  for (int levels = 0; levels < most_levels && whole + 2 < lines; ++levels) {
    // The line between two bars may be a mix of both.
    const int first = levels == 0 ? 0 : whole + 1;
    const float next = mean(first);
    if (next > brightest_border) break;
    int end = first;
    while (end < lines && is_border(across, next, [&](int i) { return cell(end, i); })) ++end;
    if (end == first) break;
    whole = end;
    level = next;
  }
  if (whole == 0 || whole + 1 >= lines) return static_cast<float>(whole);
  const float inside = mean(whole + 1);
  const float part =
      inside > level + 4 ? std::clamp((inside - mean(whole)) / (inside - level), 0.0F, 1.0F) : 0;
  return static_cast<float>(whole) + part;
}

// Whether a line is dark, even, and stays so.
template <typename Cell>
bool BorderFinder::is_border(int across, float level, const Cell& cell) const {
  for (int i = 0; i < across; ++i) {
    const float brightest = brightest_[cell(i)];
    const float darkest = darkest_[cell(i)];
    if (std::abs(brightest - level) > border_noise || brightest - darkest > border_noise) return false;
  }
  return true;
}

LookVector look_of(const shots::SmallPicture& picture, const ContentBox& content, const Motion& motion) {
  LookVector look{};
  const std::span<float> all(look);
  const Grid grid = content_grid(picture, content);
  const auto frequencies = all.subspan(frequencies_at, 64);
  const auto gradients = all.subspan(gradients_at, 128);
  const auto colours = all.subspan(colours_at, 48);
  const auto moving = all.subspan(motion_at, 16);
  add_frequencies(grid, frequencies);
  add_gradients(grid, gradients);
  add_colours(picture, content, colours);
  std::copy(motion.begin(), motion.end(), moving.begin());
  weigh(frequencies, frequencies_weight, least_frequencies);
  weigh(gradients, gradients_weight, std::sqrt(least_gradients));
  weigh(colours, colours_weight, least_colours);
  weigh(moving, motion_weight, least_motion);
  // Of the fullest picture the length is 1.
  static const float longest =
      std::sqrt(frequencies_weight * frequencies_weight + gradients_weight * gradients_weight +
                colours_weight * colours_weight + motion_weight * motion_weight);
  for (float& each : look) each /= longest;
  return look;
}

Look quantised(const LookVector& look) {
  Look result{};
  for (std::size_t i = 0; i < look.size(); ++i) {
    const float scaled = std::clamp(look[i] / largest_component, -1.0F, 1.0F) * 127;
    result[i] = static_cast<std::int8_t>(std::lround(scaled));
  }
  return result;
}

LookVector widened(const Look& look) {
  LookVector result{};
  for (std::size_t i = 0; i < look.size(); ++i) {
    result[i] = static_cast<float>(look[i]) * largest_component / 127;
  }
  return result;
}

Look mean_look(std::span<const LookVector> looks) {
  LookVector sum{};
  for (const LookVector& look : looks) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += look[i];
  }
  // Of pictures without any structure the rounding errors are no direction.
  weigh(sum, 1, 0.05F);
  return quantised(sum);
}

float likeness(const Look& a, const Look& b) {
  std::int32_t ab = 0;
  std::int32_t aa = 0;
  std::int32_t bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += std::int32_t{a[i]} * b[i];
    aa += std::int32_t{a[i]} * a[i];
    bb += std::int32_t{b[i]} * b[i];
  }
  if (aa == 0 || bb == 0) return 0;
  return static_cast<float>(ab / std::sqrt(static_cast<double>(aa) * static_cast<double>(bb)));
}

}  // namespace heaters::looks
