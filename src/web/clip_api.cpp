#include <fmt/format.h>

#include <map>
#include <memory>
#include <mutex>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "catalog/clip_list.h"
#include "catalog/embeddings.h"
#include "documents/model_document.h"
#include "documents/search_document.h"
#include "media/image_file.h"
#include "search/clip_search.h"
#include "stages/embed.h"
#include "stages/search_model.h"
#include "web/api.h"
#include "web/arguments.h"

namespace heaters::web {

namespace {

catalog::ClipFilter filter_of(const Request& request, db::Database& database) {
  catalog::ClipFilter filter;
  if (const auto text = query_text(request, "video_id")) {
    filter.video_id = catalog::VideoId::parse(*text);
    if (!filter.video_id) refuse_argument("video_id", "it is no id");
  }
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
  if (const auto typed = query_text(request, "title"))
    filter.title = catalog::ClipList(database).look_for(*typed, filter);
  return filter;
}

// What clips are searched by, for each model that somebody asked for.
class Searches {
 public:
  explicit Searches(ApiServices& services) : services_(services) {}

  // With all that was ingested, cut and embedded since the last search; at once when that is nothing.
  search::ClipSearch& follow(const catalog::Model& model, db::Database& database) {
    const std::lock_guard lock(mutex_);
    Followed& one = all_[model.kind.model + "/" + model.kind.strategy];
    if (!one.search) one.search = std::make_unique<search::ClipSearch>(options_of(model));
    catalog::Embeddings embeddings(database);
    const std::string version = embeddings.version(model.kind);
    if (version == one.version) return *one.search;
    if (!model.path) {
      stages::embed_from_looks(database, *services_.store, services_.workspace, services_.stop);
    }
    one.search->refresh(database);
    one.version = embeddings.version(model.kind);
    return *one.search;
  }

 private:
  struct Followed {
    std::unique_ptr<search::ClipSearch> search;
    std::string version;
  };

  search::ClipSearch::Options options_of(const catalog::Model& model) const {
    std::filesystem::path folder = services_.search_folder;
    if (model.path && !folder.empty()) folder /= model.kind.model.substr(0, 16) + "-" + model.kind.strategy;
    return {.kind = model.kind, .dimensions = model.dimensions, .folder = std::move(folder)};
  }

  ApiServices& services_;
  std::mutex mutex_;
  std::map<std::string, Followed> all_;
};

class ClipApi {
 public:
  explicit ClipApi(ApiServices& services) : services_(services), searches_(services) {}

  // By time, or by how alike they are to a clip ("like"), to an image ("look") or to words ("text"). The same
  // query gives the same pages.
  Response list(const Request& request, db::Database& database) {
    const catalog::ClipFilter filter = filter_of(request, database);
    const auto limit = query_integer(request, "limit", 1, 200).value_or(60);
    const auto offset = query_integer(request, "offset", 0, 1'000'000'000).value_or(0);
    Json json;
    catalog::ClipList clips(database);
    put_total(json, clips.count(filter, most_in_total + 1));
    std::vector<search::ClipHit> hits;
    const catalog::Model model = model_of(request, database);
    json["model"] = model.name;
    const auto query = query_vector(request, database, model);
    if (query) {
      hits = searches_.follow(model, database)
                 .nearest(database, *query, static_cast<std::size_t>(limit), static_cast<std::size_t>(offset),
                          filter);
    } else {
      for (const auto& placed : clips.page(filter, static_cast<int>(limit), static_cast<int>(offset))) {
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
    const double least = query_number(request, "likeness", 0, 1).value_or(0.92);
    documents::SearchDocument document({database, *services_.store, services_.workspace});
    Json groups = Json::array();
    search::ClipSearch& search = searches_.follow(model_of(request, database), database);
    for (const auto& cluster :
         search.clusters(database, static_cast<float>(least), filter_of(request, database))) {
      groups.push_back(document.cluster_json(cluster));
    }
    return json_response({{"groups", std::move(groups)}});
  }

  // What to find clips by that look like an image, which is the body.
  Response look(const Request& request, db::Database& database) {
    if (request.body.empty()) refuse_argument("body", "it must be an image");
    const catalog::Model model = model_of(request, database);
    const auto vector =
        stages::vector_of_image(model, image_of(request.body), services_.encoders, services_.stop);
    return json_response({{"look", catalog::vector_text(vector)}, {"model", model.name}});
  }

  static Response models(const Request&, db::Database& database) {
    return json_response({{"models", documents::models_json(database)}});
  }

 private:
  media::Frame image_of(const std::string& bytes) const {
    const TemporaryDirectory directory;
    const auto file = directory.path() / "image";
    write_text_file(file, bytes);
    try {
      return media::read_image(file, services_.stop);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unsupported && error.kind() != ErrorKind::Corrupt) throw;
      throw Error(ErrorKind::InvalidInput,
                  "look at an image: it is none (JPEG, PNG, WebP, BMP, TIFF or GIF)");
    }
  }

  static catalog::Model model_of(const Request& request, db::Database& database) {
    return stages::find_model(database, query_text(request, "model"));
  }

  std::optional<encoders::Vector> query_vector(const Request& request, db::Database& database,
                                               const catalog::Model& model) {
    if (const auto text = query_text(request, "like")) {
      const auto clip = catalog::ClipId::parse(*text);
      if (!clip) refuse_argument("like", "it is no id of a clip");
      searches_.follow(model, database);  // the clip may be new
      auto vector = catalog::Embeddings(database).vector_of(model.kind, *clip);
      if (!vector) {
        throw Error(ErrorKind::NotFound,
                    fmt::format("find clips like {}: there is none with that id{}", *text,
                                model.path ? " that \"" + model.name + "\" has seen" : ""));
      }
      return vector;
    }
    if (const auto text = query_text(request, "look")) {
      auto vector = base64_decoded_signed(*text);
      if (!vector || vector->size() != model.dimensions) refuse_argument("look", "it is none of this model");
      return vector;
    }
    if (const auto text = query_text(request, "text")) {
      return stages::vector_of_text(model, *text, services_.encoders, services_.stop);
    }
    return std::nullopt;
  }

  ApiServices& services_;
  Searches searches_;
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
      route("POST", "/api/v1/looks", "lookAtImage",
            [api](const Request& request, db::Database& database) { return api->look(request, database); }),
      route("GET", "/api/v1/models", "listModels", ClipApi::models),
  };
}

}  // namespace heaters::web
