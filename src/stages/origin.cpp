#include "stages/origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/utf8.h"

namespace heaters::stages {

namespace {

constexpr std::string_view file_scheme = "file://";

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto is_hex = [&](std::size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (text[i] == '%' && is_hex(i + 1) && is_hex(i + 2)) {
      decoded += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace

std::string origin_of_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (valid_utf8(text) == text) return text;
  std::string encoded(file_scheme);
  for (const char c : text) {
    const bool is_plain = c > ' ' && c < '\x7f' && c != '%';
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::optional<std::filesystem::path> path_of_origin(const std::string& origin) {
  if (origin.starts_with(file_scheme))
    return percent_decoded(std::string_view(origin).substr(file_scheme.size()));
  if (origin.find("://") != std::string::npos && !origin.starts_with('/')) return std::nullopt;
  return origin;
}

std::string printable_origin(const std::string& origin) {
  if (path_of_origin(origin)) return valid_utf8(origin);
  const auto host = origin.find("://") + 3;
  const auto path = std::min(origin.find_first_of("/?#", host), origin.size());
  const auto at = origin.rfind('@', path);
  const bool has_user = at != std::string::npos && at >= host;
  const std::string bare = origin.substr(0, host) + origin.substr(has_user ? at + 1 : host);
  return valid_utf8(bare.substr(0, bare.find_first_of("?#")));
}

std::string title_of_origin(const std::string& origin) {
  if (const auto path = path_of_origin(origin)) return valid_utf8(path->filename().native());
  std::string path = origin.substr(0, origin.find_first_of("?#"));
  while (path.ends_with('/')) path.pop_back();
  return valid_utf8(percent_decoded(path.substr(path.rfind('/') + 1)));
}

}  // namespace heaters::stages
