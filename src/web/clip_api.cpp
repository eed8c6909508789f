#include <fmt/format.h>

#include <mutex>

#include "base/error.h"
#include "base/file.h"
#include "catalog/clip_list.h"
#include "catalog/embeddings.h"
#include "documents/search_document.h"
#include "search/clip_search.h"
#include "stages/embed.h"
#include "stages/image_look.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

catalog::ClipFilter filter_of(const Request& request) {
  catalog::ClipFilter filter;
  if (const auto text = query_text(request, "video_id")) {
    filter.video_id = catalog::VideoId::parse(*text);
    if (!filter.video_id) refuse_argument("video_id", "it is no id");
  }
  filter.title = query_text(request, "title").value_or("");
  if (const auto text = query_text(request, "decision")) {
    filter.decision = catalog::parse_decision(*text);
    filter.is_undecided = *text == "none";
    if (!filter.decision && !filter.is_undecided) {
      refuse_argument("decision", "it must be approved, skipped, archived or none");
    }
  }
  filter.least_seconds = query_number(request, "min_seconds", 0, 1e9);
  filter.most_seconds = query_number(request, "max_seconds", 0, 1e9);
  const auto time_in = [&](const char* name) -> std::optional<std::string> {
    const auto text = query_text(request, name);
    if (!text) return std::nullopt;
    const auto time = parse_utc(text->size() == 10 ? *text + "T00:00:00Z" : *text);
    if (!time) refuse_argument(name, "it must be a date or a UTC time");
    return format_utc(*time);
  };
  filter.ingested_after = time_in("after");
  filter.ingested_before = time_in("before");
  return filter;
}

class ClipApi {
 public:
  explicit ClipApi(ApiServices& services)
      : services_(services), search_({.kind = stages::look_kind(), .folder = services.search_folder}) {}

  // By time, or by how alike they are to a clip ("like") or to an image ("look"). The same query gives the
  // same pages.
  Response list(const Request& request, db::Database& database) {
    const catalog::ClipFilter filter = filter_of(request);
    const auto limit = query_integer(request, "limit", 1, 200).value_or(60);
    const auto offset = query_integer(request, "offset", 0, 1'000'000'000).value_or(0);
    Json json;
    json["total"] = catalog::ClipList(database).count(filter);
    std::vector<search::ClipHit> hits;
    const auto query = query_vector(request, database);
    if (query) {
      hits = search_.nearest(database, *query, static_cast<std::size_t>(limit),
                             static_cast<std::size_t>(offset), filter);
    } else {
      for (const auto& placed :
           catalog::ClipList(database).page(filter, static_cast<int>(limit), static_cast<int>(offset))) {
        hits.push_back({{placed.clip.id, placed.video_id, placed.clip.span}, 0});
      }
    }
    documents::SearchDocument document({database, *services_.store, services_.workspace});
    json["clips"] = document.hits_json(hits);
    if (!query) {
      for (Json& each : json["clips"]) each["likeness"] = nullptr;
    }
    return json_response(json);
  }

  Response duplicates(const Request& request, db::Database& database) {
    follow(database);
    const double least = query_number(request, "likeness", 0, 1).value_or(0.92);
    documents::SearchDocument document({database, *services_.store, services_.workspace});
    Json groups = Json::array();
    for (const auto& cluster : search_.clusters(database, static_cast<float>(least), filter_of(request))) {
      groups.push_back(document.cluster_json(cluster));
    }
    return json_response({{"groups", std::move(groups)}});
  }

  // What to find clips by that look like an image, which is the body.
  static Response look(const Request& request, db::Database&) {
    if (request.body.empty()) refuse_argument("body", "it must be an image");
    const TemporaryDirectory directory;
    const auto file = directory.path() / "image";
    write_text_file(file, request.body);
    try {
      const looks::Look look = stages::look_of_image(file);
      return json_response({{"look", catalog::vector_text(look)}});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unsupported && error.kind() != ErrorKind::Corrupt) throw;
      throw Error(ErrorKind::InvalidInput,
                  "look at an image: it is none (JPEG, PNG, WebP, BMP, TIFF or GIF)");
    }
  }

 private:
  std::optional<std::vector<std::int8_t>> query_vector(const Request& request, db::Database& database) {
    if (const auto text = query_text(request, "like")) {
      const auto clip = catalog::ClipId::parse(*text);
      if (!clip) refuse_argument("like", "it is no id of a clip");
      follow(database);
      auto vector = search_.vector_of(*clip);
      if (!vector)
        throw Error(ErrorKind::NotFound,
                    fmt::format("find clips like {}: there is none with that id", *text));
      return vector;
    }
    if (const auto text = query_text(request, "look")) {
      auto vector = catalog::parse_vector(*text);
      if (!vector || vector->size() != looks::look_dimensions) refuse_argument("look", "it is none");
      follow(database);
      return vector;
    }
    return std::nullopt;
  }

  // Takes in what was ingested and cut since the last search; at once when that is nothing.
  void follow(db::Database& database) {
    const std::lock_guard lock(mutex_);
    const std::string version = catalog::Embeddings(database).version(stages::look_kind());
    if (version == followed_) return;
    stages::embed_from_looks(database, *services_.store, services_.workspace, services_.stop);
    search_.refresh(database);
    followed_ = catalog::Embeddings(database).version(stages::look_kind());
  }

  ApiServices& services_;
  search::ClipSearch search_;
  std::mutex mutex_;
  std::string followed_;
};

}  // namespace

std::vector<Route> clip_routes(ApiServices& services) {
  const auto api = std::make_shared<ClipApi>(services);
  const auto route = [](const char* method, const char* path, const char* operation, const auto& handle) {
    return Route{
        .method = method, .path = path, .operation = operation, .needs = Needs::Reviewer, .handle = handle};
  };
  return {
      route("GET", "/api/v1/clips", "findClips",
            [api](const Request& request, db::Database& database) { return api->list(request, database); }),
      route("GET", "/api/v1/clips/duplicates", "findDuplicates",
            [api](const Request& request, db::Database& database) {
              return api->duplicates(request, database);
            }),
      route("POST", "/api/v1/looks", "lookAtImage", ClipApi::look),
  };
}

}  // namespace heaters::web
