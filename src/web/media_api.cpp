#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "catalog/catalog.h"
#include "storage/keys.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> media_types{
    {{".mp4", "video/mp4"},
     {".mov", "video/quicktime"},
     {".mkv", "video/x-matroska"},
     {".webm", "video/webm"},
     {".ts", "video/mp2t"},
     {".avi", "video/x-msvideo"},
     {".flv", "video/x-flv"},
     {".jpg", "image/jpeg"},
     {".json", "application/json"},
     {".vtt", "text/vtt; charset=utf-8"},
     {".dat", "application/octet-stream"}}};

std::string_view media_type_of(std::string_view key) {
  for (const auto& [ending, type] : media_types) {
    if (key.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// "proxy", or the last part of an artifact's key.
catalog::Artifact find_artifact(db::Database& database, const catalog::VideoId& id, const std::string& name) {
  catalog::Catalog catalog(database);
  const auto artifact =
      name == "proxy" ? catalog.find_proxy(id) : catalog.find_artifact(storage::video_key(id.text(), name));
  if (!artifact) {
    throw Error(ErrorKind::NotFound, fmt::format("find \"{}\" of video {}: there is none", name, id.text()));
  }
  return *artifact;
}

class MediaApi {
 public:
  explicit MediaApi(ApiServices& services) : services_(services) {}

  Response get(const Request& request, db::Database& database) const {
    const catalog::Artifact artifact =
        find_artifact(database, video_id_of(request), request.parameter("name"));
    const std::string etag = "\"" + artifact.sha256.substr(0, 32) + "\"";
    Response response;
    response.set("ETag", etag);
    // The object of a key never changes, and only whom we know may keep it.
    response.set("Cache-Control", "private, max-age=31536000, immutable");
    if (matches_etag(request.header("if-none-match"), etag)) {
      response.status = 304;
      return response;
    }
    const std::shared_ptr<storage::Store>& store = services_.store;
    const auto file = services_.workspace.find(*store, artifact.key);
    if (!file && services_.media == MediaDelivery::Redirect) {
      if (const auto url = store->presign(artifact.key, std::chrono::hours(1))) {
        Response redirect = empty_response(307);
        return redirect.set("Location", *url);
      }
    }
    response.set("Content-Type", std::string(media_type_of(artifact.key)));
    response.set("Accept-Ranges", "bytes");
    const RangeChoice choice =
        choose_range(request.header("range"), request.header("if-range"), etag, artifact.bytes);
    if (choice.kind == RangeKind::Unsatisfiable) {
      Response refusal = error_response(416, "invalid_input", "read a range: there are no such bytes");
      return refusal.set("Content-Range", fmt::format("bytes */{}", artifact.bytes));
    }
    if (choice.kind == RangeKind::Part) {
      response.status = 206;
      response.set("Content-Range",
                   fmt::format("bytes {}-{}/{}", choice.span.begin, choice.span.end - 1, artifact.bytes));
    }
    set_body(response, choice.span, artifact, store, file, request.method == "HEAD");
    return response;
  }

 private:
  static void set_body(Response& response, ByteSpan span, const catalog::Artifact& artifact,
                       const std::shared_ptr<storage::Store>& store,
                       const std::optional<std::filesystem::path>& file, bool is_head) {
    if (file && !is_head) {
      auto open = std::make_shared<FileDescriptor>(open_regular_file(*file));
      if (file_size(*open, *file) != artifact.bytes) {
        throw Error(ErrorKind::Corrupt,
                    fmt::format("read \"{}\": it has not the size that is recorded", artifact.key));
      }
      response.body = FileBody{std::move(open), span};
      return;
    }
    // Larger pieces are fewer requests, which S3 charges for; a player that hangs up early wastes one at
    // most.
    constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;
    response.body = PieceBody{span.length(), [store, key = artifact.key, span, piece_bytes]() mutable {
                                const std::uint64_t length = std::min(piece_bytes, span.length());
                                if (length == 0) return std::string();
                                const auto bytes = store->get_range(key, span.begin, length);
                                span.begin += bytes.size();
                                return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
                              }};
  }

  ApiServices& services_;
};

}  // namespace

std::vector<Route> media_routes(ApiServices& services) {
  const auto api = std::make_shared<MediaApi>(services);
  return {{.method = "GET",
           .path = "/api/v1/videos/{video_id}/media/{name}",
           .operation = "getMedia",
           .handle = [api](const Request& request, db::Database& database) {
             return api->get(request, database);
           }}};
}

}  // namespace heaters::web
