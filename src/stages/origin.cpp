#include "stages/origin.h"

#include "base/percent.h"
#include "base/redaction.h"
#include "base/utf8.h"

namespace heaters::stages {

namespace {

constexpr std::string_view file_scheme = "file://";

}  // namespace

std::string origin_of_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (valid_utf8(text) == text) return text;
  return std::string(file_scheme) + percent_encoded(text, "/");
}

std::optional<std::filesystem::path> path_of_origin(const std::string& origin) {
  if (origin.starts_with(file_scheme))
    return percent_decoded(std::string_view(origin).substr(file_scheme.size()));
  if (origin.find("://") != std::string::npos && !origin.starts_with('/')) return std::nullopt;
  return origin;
}

std::string printable_origin(const std::string& origin) {
  if (path_of_origin(origin)) return valid_utf8(origin);
  return valid_utf8(printable_url(origin));
}

std::string title_of_origin(const std::string& origin) {
  if (const auto path = path_of_origin(origin)) return valid_utf8(path->filename().native());
  std::string path = origin.substr(0, origin.find_first_of("?#"));
  while (path.ends_with('/')) path.pop_back();
  return valid_utf8(percent_decoded(path.substr(path.rfind('/') + 1)));
}

}  // namespace heaters::stages
