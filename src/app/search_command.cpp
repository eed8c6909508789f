#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/video_lookup.h"
#include "base/error.h"
#include "base/id.h"
#include "documents/search_document.h"
#include "search/clip_search.h"
#include "stages/embed.h"
#include "stages/image_look.h"

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
        home_(Home::open(config)),
        search_({.kind = stages::look_kind(), .folder = {}}) {
    const auto missing = stages::embed_from_looks(*home_->database, *home_->store, home_->workspace(), stop);
    if (!missing.videos.empty()) {
      print_error(fmt::format("heaters: {} videos were ingested before there were looks: heaters embed",
                              missing.videos.size()));
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
  std::vector<std::int8_t> query_vector(std::optional<catalog::ClipId>& clip) {
    std::error_code ignored;
    if (const auto id = catalog::ClipId::parse(arguments_.what);
        id && !fs::exists(arguments_.what, ignored)) {
      const auto vector = search_.vector_of(*id);
      if (!vector) throw Error(ErrorKind::NotFound, fmt::format("search: there is no clip {}", id->text()));
      clip = id;
      return *vector;
    }
    if (!fs::exists(arguments_.what, ignored)) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("search \"{}\": neither the id of a clip nor an image file", arguments_.what));
    }
    const looks::Look look = stages::look_of_image(arguments_.what);
    return {look.begin(), look.end()};
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
  std::unique_ptr<Home> home_;
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
