#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>

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

// An artifact, and its file where this machine has it.
struct Media {
  catalog::Artifact artifact;
  std::shared_ptr<const FileDescriptor> file;
};

// Files that were asked for a moment ago, still open: who plays a video asks for many parts of it, and each
// would look for its row and its file again. The object of a key never changes; that one was removed, or that
// a video has another proxy now, is noticed within the lifetime. Thread-safe.
class OpenMedia {
 public:
  std::optional<Media> find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end() || found->second.until < Clock::now()) return std::nullopt;
    return found->second.media;
  }

  void keep(const std::string& name, const Media& media) {
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [now](const auto& each) { return each.second.until < now; });
    if (entries_.size() < most_entries) entries_.insert_or_assign(name, Entry{media, now + lifetime});
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    Media media;
    Clock::time_point until;
  };

  static constexpr std::size_t most_entries = 256;
  static constexpr std::chrono::seconds lifetime{2};

  std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

class MediaApi {
 public:
  explicit MediaApi(ApiServices& services) : services_(services) {}

  std::optional<Response> get_at_once(const Request& request) {
    const auto media = open_.find(name_of(request));
    if (!media) return std::nullopt;
    return answer(request, *media);
  }

  Response get(const Request& request, db::Database& database) {
    Media media{.artifact = find_artifact(database, video_id_of(request), request.parameter("name")),
                .file = {}};
    const auto path = services_.workspace.find(*services_.store, media.artifact.key);
    if (path) {
      media.file = std::make_shared<FileDescriptor>(open_regular_file(*path));
      if (file_size(*media.file, *path) != media.artifact.bytes) {
        throw Error(ErrorKind::Corrupt,
                    fmt::format("read \"{}\": it has not the size that is recorded", media.artifact.key));
      }
      open_.keep(name_of(request), media);
    }
    return answer(request, media);
  }

 private:
  static std::string name_of(const Request& request) {
    return request.parameter("video_id") + "/" + request.parameter("name");
  }

  Response answer(const Request& request, const Media& media) const {
    const catalog::Artifact& artifact = media.artifact;
    const std::string etag = "\"" + artifact.sha256.substr(0, 32) + "\"";
    Response response;
    response.set("ETag", etag);
    // The object of a key never changes, and only whom we know may keep it.
    response.set("Cache-Control", "private, max-age=31536000, immutable");
    if (matches_etag(request.header("if-none-match"), etag)) {
      response.status = 304;
      return response;
    }
    if (!media.file && services_.media == MediaDelivery::Redirect) {
      if (const auto url = services_.store->presign(artifact.key, std::chrono::hours(1))) {
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
    if (media.file) {
      response.body = FileBody{media.file, choice.span};
    } else {
      response.body = pieces_of(choice.span, artifact.key);
    }
    return response;
  }

  // Larger pieces are fewer requests, which S3 charges for; a player that hangs up early wastes one at most.
  PieceBody pieces_of(ByteSpan span, const std::string& key) const {
    static constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;
    return {span.length(), [store = services_.store, key, span]() mutable {
              const std::uint64_t length = std::min(piece_bytes, span.length());
              if (length == 0) return std::string();
              const auto bytes = store->get_range(key, span.begin, length);
              span.begin += bytes.size();
              return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            }};
  }

  ApiServices& services_;
  OpenMedia open_;
};

}  // namespace

std::vector<Route> media_routes(ApiServices& services) {
  const auto api = std::make_shared<MediaApi>(services);
  return {{.method = "GET",
           .path = "/api/v1/videos/{video_id}/media/{name}",
           .operation = "getMedia",
           .handle = [api](const Request& request,
                           db::Database& database) { return api->get(request, database); },
           .handle_at_once = [api](const Request& request) { return api->get_at_once(request); }}};
}

}  // namespace heaters::web
