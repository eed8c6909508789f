#include "shots/detector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "shots/classic_detector.h"
#include "shots/shot_detector.h"

namespace heaters::shots {

const std::vector<std::string_view>& method_names() {
  static const std::vector<std::string_view> names = {"window", "content",   "adaptive",
                                                      "hash",   "histogram", "threshold"};
  return names;
}

Method parse_method(std::string_view name) {
  const auto& names = method_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("find shots by \"{}\": there is no such detector, but window, content, adaptive, hash, "
                    "histogram and threshold",
                    name));
  }
  return static_cast<Method>(found - names.begin());
}

float default_level(Method method) {
  switch (method) {
    case Method::Window:
      return 0;
    case Method::Content:
      return 27;
    case Method::Adaptive:
      return 3;
    case Method::Hash:
      return 0.395F;
    case Method::Histogram:
      return 0.05F;
    case Method::Threshold:
      return 12;
  }
  return 0;
}

std::unique_ptr<Detector> make_detector(Method method, float level) {
  if (method == Method::Window) return std::make_unique<ShotDetector>();
  return std::make_unique<ClassicDetector>(method, level > 0 ? level : default_level(method));
}

}  // namespace heaters::shots
