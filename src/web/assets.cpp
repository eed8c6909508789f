#include "web/assets.h"

#include <array>
#include <utility>

#include "base/digest.h"
#include "base/file.h"

namespace heaters::web {

namespace fs = std::filesystem;

namespace {

constexpr const char* front_page = "/index.html";

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> asset_types{
    {{".html", "text/html; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".svg", "image/svg+xml"},
     {".png", "image/png"},
     {".json", "application/json"},
     {".woff2", "font/woff2"}}};

std::string asset_type_of(const fs::path& path) {
  for (const auto& [ending, type] : asset_types) {
    if (path.extension() == ending) return std::string(type);
  }
  return "application/octet-stream";
}

}  // namespace

Assets::Assets(const fs::path& folder) {
  std::error_code code;
  if (!fs::is_directory(folder, code)) return;
  for (const FileEntry& file : files_below(folder)) {
    std::string content = read_text_file(file.path);
    std::string etag = "\"" + sha256_hex(content).substr(0, 32) + "\"";
    assets_.emplace("/" + fs::relative(file.path, folder).generic_string(),
                    Asset{asset_type_of(file.path), std::move(etag), std::move(content)});
  }
}

Response Assets::get(const Request& request) const {
  const bool is_file = request.path.substr(request.path.rfind('/') + 1).find('.') != std::string::npos;
  const auto found = assets_.find(is_file ? request.path : front_page);
  if (found == assets_.end()) {
    const std::string message = assets_.empty()
                                    ? "there is no user interface in this build; the API is at /api/v1"
                                    : "there is nothing at this address";
    return error_response(404, "not_found", message);
  }
  const Asset& asset = found->second;
  Response response;
  response.set("ETag", asset.etag);
  // Files below assets/ are named after their content.
  response.set("Cache-Control",
               found->first.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  if (matches_etag(request.header("if-none-match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  response.set("Content-Type", asset.type);
  response.body = asset.content;
  return response;
}

}  // namespace heaters::web
