#include "shots/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "shots/classic_detector.h"
#include "shots/shot_detector.h"

namespace heaters::shots {

namespace {

struct MethodFacts {
  std::string_view name;
  float level;  // PySceneDetect's
};

// In the order of Method.
constexpr std::array<MethodFacts, 6> methods = {{{"window", 0},
                                                 {"content", 27},
                                                 {"adaptive", 3},
                                                 {"hash", 0.395F},
                                                 {"histogram", 0.05F},
                                                 {"threshold", 12}}};

}  // namespace

Method parse_method(std::string_view name) {
  const auto* found = std::find_if(methods.begin(), methods.end(),
                                   [&](const MethodFacts& each) { return each.name == name; });
  if (found == methods.end()) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("find shots by \"{}\": there is no such detector, but window, content, adaptive, hash, "
                    "histogram and threshold",
                    name));
  }
  return static_cast<Method>(found - methods.begin());
}

std::string_view to_string(Method method) {
  return methods.at(static_cast<std::size_t>(method)).name;
}

float default_level(Method method) {
  return methods.at(static_cast<std::size_t>(method)).level;
}

std::unique_ptr<Detector> make_detector(Method method, float level) {
  if (method == Method::Window) return std::make_unique<ShotDetector>();
  return std::make_unique<ClassicDetector>(method, level > 0 ? level : default_level(method));
}

}  // namespace heaters::shots
