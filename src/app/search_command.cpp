#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/python_workers.h"
#include "app/video_lookup.h"
#include "base/error.h"
#include "base/id.h"
#include "documents/search_document.h"
#include "media/image_file.h"
#include "search/clip_search.h"
#include "stages/embed.h"
#include "stages/search_model.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

std::string hit_for_people(const Json& hit) {
  return fmt::format("{}  {:>6.3f}  {:>8} – {:>8}  {} – {}  {}\n", hit["clip_id"].get<std::string>(),
                     hit["likeness"].get<float>(), hit["begin_frame"].get<FrameNumber>(),
                     hit["end_frame"].get<FrameNumber>(), format_clock_time(hit["begin_time"].get<double>()),
                     format_clock_time(hit["end_time"].get<double>()), hit["title"].get<std::string>());
}

class SearchCommand {
 public:
  SearchCommand(const Config& config, const SearchArguments& arguments, const std::stop_token& stop)
      : arguments_(arguments),
        stop_(stop),
        home_(Home::open(config)),
        model_(stages::find_model(*home_->database, arguments.model)),
        pool_(encoder_pool_options(config)),
        search_({.kind = model_.kind, .dimensions = model_.dimensions, .folder = {}}) {
    if (model_.path) {
      warn_of_missing();
    } else {
      take_in_looks();
    }
    search_.refresh(*home_->database);
  }
  int run() {
    if (arguments_.duplicates) return find_duplicates();
    std::optional<catalog::ClipId> clip;
    const auto query = query_vector(clip);
    // The clip itself is no find.
    const std::size_t more = clip ? 1 : 0;
    auto hits = search_.nearest(*home_->database, query, arguments_.limit + more, arguments_.offset,
                                arguments_.filter);
    if (clip) std::erase_if(hits, [&](const auto& hit) { return hit.clip.clip_id == *clip; });
    if (hits.size() > arguments_.limit)
      hits.erase(hits.begin() + static_cast<std::ptrdiff_t>(arguments_.limit), hits.end());
    documents::SearchDocument document(home_->sources());
    const Json list = document.hits_json(hits);
    if (arguments_.json) {
      print(list.dump(2) + "\n");
      return 0;
    }
    for (const Json& hit : list) print(hit_for_people(hit));
    return 0;
  }

 private:
  void take_in_looks() {
    const auto missing = stages::embed_from_looks(*home_->database, *home_->store, home_->workspace(), stop_);
    if (missing.videos.empty()) return;
    print_error(fmt::format("heaters: {} videos were ingested before there were looks: heaters embed",
                            missing.videos.size()));
  }

  void warn_of_missing() {
    const auto counts = catalog::Embeddings(*home_->database).counts(model_.kind);
    if (counts.missing == 0) return;
    print_error(
        fmt::format("heaters: \"{}\" has not seen {} clips: heaters embed", model_.name, counts.missing));
  }

  std::vector<std::int8_t> query_vector(std::optional<catalog::ClipId>& clip) {
    std::error_code ignored;
    if (const auto id = catalog::ClipId::parse(arguments_.what);
        id && !fs::exists(arguments_.what, ignored)) {
      const auto vector = catalog::Embeddings(*home_->database).vector_of(model_.kind, *id);
      if (!vector)
        throw Error(ErrorKind::NotFound, fmt::format("search: there is no clip {}{}", id->text(),
                                                     model_.path ? " that the model has seen" : ""));
      clip = id;
      return *vector;
    }
    if (fs::exists(arguments_.what, ignored)) {
      return stages::vector_of_image(model_, media::read_image(arguments_.what, stop_), pool_, stop_);
    }
    if (!model_.has_text) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("search \"{}\": neither the id of a clip nor an image file; words need a model "
                              "that understands them",
                              arguments_.what));
    }
    return stages::vector_of_text(model_, arguments_.what, pool_, stop_);
  }

  int find_duplicates() {
    documents::SearchDocument document(home_->sources());
    Json list = Json::array();
    for (const auto& cluster : search_.clusters(
             *home_->database, static_cast<float>(arguments_.least_likeness), arguments_.filter)) {
      list.push_back(document.cluster_json(cluster));
    }
    if (arguments_.json) {
      print(list.dump(2) + "\n");
      return 0;
    }
    for (const Json& cluster : list) {
      print("keep  " + hit_for_people(cluster["keeper"]));
      for (const Json& hit : cluster["duplicates"]) print("      " + hit_for_people(hit));
    }
    return 0;
  }

  const SearchArguments& arguments_;
  const std::stop_token& stop_;
  std::unique_ptr<Home> home_;
  catalog::Model model_;
  sidecar::WorkerPool pool_;
  search::ClipSearch search_;
};

}  // namespace

int run_search(const Config& config, const SearchArguments& arguments, const std::stop_token& stop) {
  if (arguments.what.empty() && !arguments.duplicates) {
    throw Error(ErrorKind::InvalidInput,
                "search: what for? The id of a clip, an image file, or --duplicates");
  }
  return SearchCommand(config, arguments, stop).run();
}

}  // namespace heaters::app
