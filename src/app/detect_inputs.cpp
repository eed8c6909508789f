#include "app/detect_inputs.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <system_error>

#include "base/error.h"
#include "media/demuxer.h"

namespace heaters::app {

namespace {

namespace fs = std::filesystem;

bool is_video(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  std::ifstream file(path, std::ios::binary);
  std::array<char, std::size_t{64} << 10> first{};
  file.read(first.data(), first.size());
  return media::looks_like_video(
      std::as_bytes(std::span(first.data(), static_cast<std::size_t>(file.gcount()))));
}

std::vector<fs::path> videos_below(const fs::path& folder) {
  std::vector<fs::path> found;
  const auto options = fs::directory_options::skip_permission_denied;
  for (const auto& entry : fs::recursive_directory_iterator(folder, options)) {
    if (is_video(entry.path())) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> matches_of(const std::string& pattern) {
  glob_t result{};
  const int code = ::glob(pattern.c_str(), 0, nullptr, &result);
  std::vector<fs::path> found;
  if (code == 0) found.assign(result.gl_pathv, result.gl_pathv + result.gl_pathc);
  ::globfree(&result);
  if (code == GLOB_NOSPACE)
    throw Error(ErrorKind::Exhausted, fmt::format("look for \"{}\": out of memory", pattern));
  return found;
}

bool is_pattern(const std::string& argument) {
  return argument.find_first_of("*?[") != std::string::npos && !fs::exists(argument);
}

std::vector<fs::path> files_of(const std::string& argument) {
  std::error_code ignored;
  std::vector<fs::path> found;
  if (fs::is_directory(argument, ignored)) {
    found = videos_below(argument);
  } else if (is_pattern(argument)) {
    for (const fs::path& match : matches_of(argument)) {
      const std::vector<fs::path> below =
          fs::is_directory(match, ignored) ? videos_below(match) : std::vector{match};
      found.insert(found.end(), below.begin(), below.end());
    }
  } else {
    return {argument};
  }
  if (found.empty()) {
    throw Error(ErrorKind::InvalidInput, fmt::format("detect shots in \"{}\": there is no video", argument));
  }
  return found;
}

}  // namespace

DetectInputs find_detect_inputs(const std::vector<std::string>& arguments) {
  DetectInputs inputs;
  std::set<fs::path> known;
  for (const std::string& argument : arguments) {
    if (argument == "-")
      throw Error(ErrorKind::InvalidInput, "detect shots of \"-\": standard input goes alone");
    std::error_code ignored;
    inputs.are_many = inputs.are_many || arguments.size() > 1 || fs::is_directory(argument, ignored) ||
                      is_pattern(argument);
    for (const fs::path& file : files_of(argument)) {
      if (known.insert(file).second) inputs.files.push_back(file);
    }
  }
  return inputs;
}

}  // namespace heaters::app
