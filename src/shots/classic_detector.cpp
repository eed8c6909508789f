#include "shots/classic_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>

#include "base/check.h"

namespace heaters::shots {

namespace {

constexpr std::size_t cell_count = SmallPicture::width * SmallPicture::height;

// Of AdaptiveDetector: frames on each side that a change is measured against, and the least change of a cut.
constexpr std::ptrdiff_t adaptive_window = 2;
constexpr float adaptive_least_content = 15;
constexpr float adaptive_ratio_max = 255;

constexpr int hash_side = 16;
constexpr int hash_picture_side = 32;

// What a level means as a score: half at the level itself.
float score_of(float value, float level) {
  return value > 0 ? value / (value + level) : 0;
}

struct Rgb {
  float r, g, b;
};

// ITU-R BT.601 at studio swing, as OpenCV's readers take video whose matrix is not stated.
Rgb to_rgb(std::uint8_t y, std::uint8_t u, std::uint8_t v) {
  const float luma = 1.164F * (static_cast<float>(y) - 16);
  const float blue = static_cast<float>(u) - 128;
  const float red = static_cast<float>(v) - 128;
  const auto in_range = [](float value) { return std::clamp(value, 0.0F, 255.0F); };
  return {in_range(luma + 1.596F * red), in_range(luma - 0.392F * blue - 0.813F * red),
          in_range(luma + 2.017F * blue)};
}

float full_range_luma(float y) {
  return std::clamp((y - 16) * 255 / 219, 0.0F, 255.0F);
}

float mean_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return static_cast<float>(sum) / static_cast<float>(a.size());
}

// The luma of a picture at hash_picture_side squared, each cell the mean of what it covers.
std::array<float, hash_picture_side * hash_picture_side> squared(const SmallPicture& picture) {
  std::array<float, hash_picture_side * hash_picture_side> square{};
  for (int y = 0; y < hash_picture_side; ++y) {
    // 36 rows become 32: each covers 1.125 of them.
    const float begin = static_cast<float>(y) * SmallPicture::height / hash_picture_side;
    const float end = static_cast<float>(y + 1) * SmallPicture::height / hash_picture_side;
    for (int x = 0; x < hash_picture_side; ++x) {
      float sum = 0;
      for (int row = static_cast<int>(begin); row < SmallPicture::height && static_cast<float>(row) < end;
           ++row) {
        const float share =
            std::min(end, static_cast<float>(row + 1)) - std::max(begin, static_cast<float>(row));
        const std::uint8_t* samples = picture.y.data() + row * SmallPicture::width + 2 * x;
        sum += share * static_cast<float>(samples[0] + samples[1]) / 2;
      }
      square[static_cast<std::size_t>(y) * hash_picture_side + static_cast<std::size_t>(x)] =
          sum / (end - begin);
    }
  }
  return square;
}

// Rows of the DCT-II of hash_picture_side samples, the lowest hash_side of them.
const std::array<std::array<float, hash_picture_side>, hash_side>& dct_rows() {
  static const auto rows = [] {
    std::array<std::array<float, hash_picture_side>, hash_side> made{};
    for (std::size_t k = 0; k < made.size(); ++k) {
      for (std::size_t n = 0; n < hash_picture_side; ++n) {
        const double angle =
            std::numbers::pi / hash_picture_side * (static_cast<double>(n) + 0.5) * static_cast<double>(k);
        made[k][n] = static_cast<float>(std::cos(angle) * (k == 0 ? std::numbers::sqrt2 / 2 : 1));
      }
    }
    return made;
  }();
  return rows;
}

std::array<bool, 256> hash_of(const SmallPicture& picture) {
  const auto square = squared(picture);
  std::array<float, hash_side * hash_picture_side> half{};
  for (std::size_t k = 0; k < hash_side; ++k) {
    for (std::size_t y = 0; y < hash_picture_side; ++y) {
      for (std::size_t x = 0; x < hash_picture_side; ++x) {
        half[k * hash_picture_side + x] += dct_rows()[k][y] * square[y * hash_picture_side + x];
      }
    }
  }
  std::array<float, 256> low{};
  for (std::size_t k = 0; k < hash_side; ++k) {
    for (std::size_t l = 0; l < hash_side; ++l) {
      for (std::size_t x = 0; x < hash_picture_side; ++x)
        low[k * hash_side + l] += half[k * hash_picture_side + x] * dct_rows()[l][x];
    }
  }
  auto sorted = low;
  std::sort(sorted.begin(), sorted.end());
  const float median = (sorted[127] + sorted[128]) / 2;
  std::array<bool, 256> hash{};
  std::transform(low.begin(), low.end(), hash.begin(), [&](float value) { return value > median; });
  return hash;
}

// Pearson's, as cv::HISTCMP_CORREL.
float correlation(const ClassicDetector::Histogram& a, const ClassicDetector::Histogram& b) {
  const float mean = static_cast<float>(cell_count) / static_cast<float>(a.size());
  float together = 0;
  float of_a = 0;
  float of_b = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    together += (a[i] - mean) * (b[i] - mean);
    of_a += (a[i] - mean) * (a[i] - mean);
    of_b += (b[i] - mean) * (b[i] - mean);
  }
  return of_a > 0 && of_b > 0 ? together / std::sqrt(of_a * of_b) : 1;
}

}  // namespace

ClassicDetector::ClassicDetector(Method method, float level) : method_(method), level_(level) {
  HEATERS_CHECK(method != Method::Window && level > 0);
}

void ClassicDetector::push(const SmallPicture& picture) {
  values_.push_back(value_of(picture));
}

float ClassicDetector::value_of(const SmallPicture& picture) {
  switch (method_) {
    case Method::Content:
    case Method::Adaptive:
      return content_value(picture);
    case Method::Hash:
      return hash_value(picture);
    case Method::Histogram:
      return histogram_value(picture);
    case Method::Threshold:
      return full_range_luma(picture.mean);
    case Method::Window:
      break;
  }
  HEATERS_CHECK(false);
}

// The mean of the mean differences of hue (0 to 180), saturation and brightness (0 to 255).
float ClassicDetector::content_value(const SmallPicture& picture) {
  Hsv hsv;
  for (auto* plane : {&hsv.h, &hsv.s, &hsv.v}) plane->reserve(cell_count);
  for (std::size_t i = 0; i < cell_count; ++i) {
    const std::size_t row = i / SmallPicture::width;
    const std::size_t column = i % SmallPicture::width;
    const std::size_t chroma = row / 2 * SmallPicture::chroma_width + column / 2;
    const auto [r, g, b] = to_rgb(picture.y[i], picture.u[chroma], picture.v[chroma]);
    const float highest = std::max({r, g, b});
    const float spread = highest - std::min({r, g, b});
    float hue = 0;
    if (spread > 0) {
      if (highest == r)
        hue = 60 * (g - b) / spread;
      else if (highest == g)
        hue = 120 + 60 * (b - r) / spread;
      else
        hue = 240 + 60 * (r - g) / spread;
    }
    if (hue < 0) hue += 360;
    hsv.h.push_back(static_cast<std::uint8_t>(hue / 2));
    hsv.s.push_back(static_cast<std::uint8_t>(highest > 0 ? 255 * spread / highest : 0));
    hsv.v.push_back(static_cast<std::uint8_t>(highest));
  }
  float value = 0;
  if (previous_hsv_) {
    value = (mean_difference(previous_hsv_->h, hsv.h) + mean_difference(previous_hsv_->s, hsv.s) +
             mean_difference(previous_hsv_->v, hsv.v)) /
            3;
  }
  previous_hsv_ = std::move(hsv);
  return value;
}

// The share of bits that differ.
float ClassicDetector::hash_value(const SmallPicture& picture) {
  const auto hash = hash_of(picture);
  float value = 0;
  if (previous_hash_) {
    int differing = 0;
    for (std::size_t i = 0; i < hash.size(); ++i) differing += hash[i] != (*previous_hash_)[i] ? 1 : 0;
    value = static_cast<float>(differing) / 256;
  }
  previous_hash_ = hash;
  return value;
}

// 1 less the correlation.
float ClassicDetector::histogram_value(const SmallPicture& picture) {
  Histogram histogram{};
  for (const std::uint8_t sample : picture.y) {
    histogram[static_cast<std::size_t>(full_range_luma(static_cast<float>(sample))) * histogram.size() /
              256] += 1;
  }
  const float value = previous_histogram_ ? 1 - correlation(*previous_histogram_, histogram) : 0;
  previous_histogram_ = histogram;
  return value;
}

std::vector<float> ClassicDetector::over_neighbours() const {
  const auto count = static_cast<std::ptrdiff_t>(values_.size());
  std::vector<float> ratios(values_.size(), 0);
  for (std::ptrdiff_t i = adaptive_window; i + adaptive_window < count; ++i) {
    const float* values = values_.data() + i;
    const float around = std::accumulate(values - adaptive_window, values + adaptive_window + 1, -*values) /
                         (2 * adaptive_window);
    if (*values < adaptive_least_content) continue;
    ratios[static_cast<std::size_t>(i)] =
        around < 1e-5F ? adaptive_ratio_max : std::min(*values / around, adaptive_ratio_max);
  }
  return ratios;
}

ScoreCurve ClassicDetector::finish() {
  if (method_ == Method::Adaptive) ratios_ = over_neighbours();
  return curve_of(method_ == Method::Adaptive ? ratios_ : values_);
}

ScoreCurve ClassicDetector::so_far() const {
  return method_ == Method::Adaptive ? curve_of(over_neighbours()) : curve_of(values_);
}

FrameNumber ClassicDetector::settled() const {
  const auto count = static_cast<FrameNumber>(values_.size());
  if (method_ != Method::Threshold) return std::max<FrameNumber>(0, count - adaptive_window);
  FrameNumber dark = count;
  while (dark > 0 && values_[static_cast<std::size_t>(dark - 1)] < level_) --dark;
  return dark;
}

ScoreCurve ClassicDetector::curve_of(const std::vector<float>& values) const {
  ScoreCurve curve;
  curve.hard.resize(values.size(), 0);
  if (method_ == Method::Threshold) {
    find_fades(curve);
    return curve;
  }
  for (std::size_t frame = 1; frame < values.size(); ++frame) {
    curve.hard[frame] = static_cast<std::uint8_t>(std::lround(score_of(values[frame], level_) * 255));
  }
  return curve;
}

// A boundary half-way between where the brightness falls below the level and where it comes up again.
void ClassicDetector::find_fades(ScoreCurve& curve) const {
  std::optional<FrameNumber> dark_since;
  for (std::size_t i = 1; i < values_.size(); ++i) {
    const auto frame = static_cast<FrameNumber>(i);
    const bool is_dark = values_[i] < level_;
    const bool was_dark = values_[i - 1] < level_;
    if (is_dark && !was_dark) dark_since = frame;
    if (was_dark && !is_dark && dark_since) {
      curve.gradual.push_back({(*dark_since + frame) / 2, CutKind::Fade, 1, {*dark_since, frame}});
      dark_since.reset();
    }
  }
}

std::vector<std::string_view> ClassicDetector::statistic_names() const {
  switch (method_) {
    case Method::Content:
      return {"content_val"};
    case Method::Adaptive:
      return {"content_val", "adaptive_ratio"};
    case Method::Hash:
      return {"hash_dist"};
    case Method::Histogram:
      return {"hist_diff"};
    default:
      return {"average_luma"};
  }
}

std::vector<float> ClassicDetector::statistics(FrameNumber frame) const {
  const auto i = static_cast<std::size_t>(frame);
  // As PySceneDetect states it: the correlation itself.
  if (method_ == Method::Histogram) return {1 - values_[i]};
  if (method_ == Method::Adaptive) return {values_[i], ratios_[i]};
  return {values_[i]};
}

}  // namespace heaters::shots
