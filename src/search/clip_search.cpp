#include "search/clip_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "catalog/server_vectors.h"

namespace heaters::search {

namespace fs = std::filesystem;

namespace {

using Number = VectorIndex::Number;

}  // namespace

ClipSearch::ClipSearch(Options options)
    : options_(std::move(options)),
      index_({.dimensions = options_.dimensions,
              .exact_up_to = options_.exact_up_to,
              .threads = options_.threads}) {}

ClipSearch::~ClipSearch() = default;

void ClipSearch::refresh(db::Database& database) {
  const bool is_there = catalog::ServerVectors::are_there(database);
  {
    const std::unique_lock lock(mutex_);
    is_on_server_ = is_there;
  }
  if (!is_there) refresh_memory(database);
}

void ClipSearch::refresh_memory(db::Database& database) {
  catalog::Embeddings embeddings(database);
  const std::string version = embeddings.version(options_.kind);
  {
    const std::shared_lock lock(mutex_);
    if (version == version_) return;
  }
  const auto present = embeddings.embedded(options_.kind);
  const std::unique_lock lock(mutex_);
  if (version_.empty() && !options_.folder.empty()) load();
  take(database, present);
  version_ = version;
}

// What is there and was not, or has another span, is added under a new number; what is gone is removed.
void ClipSearch::take(db::Database& database, const std::vector<catalog::EmbeddedClip>& present) {
  std::unordered_map<std::string, Number> kept;
  std::vector<catalog::ClipId> added;
  for (const catalog::EmbeddedClip& clip : present) {
    const auto known = numbers_.find(clip.clip_id.text());
    if (known != numbers_.end() && clips_[known->second] == clip) {
      kept.insert(*known);
    } else {
      added.push_back(clip.clip_id);
    }
  }
  std::vector<Number> removed;
  for (const auto& [id, number] : numbers_) {
    if (!kept.contains(id)) removed.push_back(number);
  }
  index_.remove(removed);
  numbers_ = std::move(kept);
  constexpr std::size_t at_once = 20'000;
  for (std::size_t begin = 0; begin < added.size(); begin += at_once) {
    const auto some = std::span(added).subspan(begin, std::min(at_once, added.size() - begin));
    const auto found = catalog::Embeddings(database).find(options_.kind, some);
    std::vector<VectorIndex::Vector> vectors;
    vectors.reserve(found.size());
    for (const catalog::Embedding& each : found) {
      if (each.vector.size() != options_.dimensions) continue;
      const auto number = static_cast<Number>(clips_.size());
      clips_.push_back({each.clip_id, each.video_id, each.span});
      numbers_.emplace(each.clip_id.text(), number);
      vectors.push_back({number, each.vector});
    }
    index_.add(vectors);
  }
  if (!options_.folder.empty() && !index_.is_exact() && (!added.empty() || !removed.empty())) save();
}

std::vector<ClipHit> ClipSearch::hits_of(const std::vector<VectorIndex::Hit>& found) const {
  std::vector<ClipHit> hits;
  hits.reserve(found.size());
  for (const auto& hit : found) hits.push_back({clips_[hit.number], hit.likeness});
  // Numbers depend on the order in which clips came; their ids do not.
  std::sort(hits.begin(), hits.end(), [](const ClipHit& a, const ClipHit& b) {
    return a.likeness != b.likeness ? a.likeness > b.likeness : a.clip.clip_id.text() < b.clip.clip_id.text();
  });
  return hits;
}

std::vector<ClipHit> ClipSearch::nearest(db::Database& database, std::span<const std::int8_t> query,
                                         std::size_t count, std::size_t offset,
                                         const catalog::ClipFilter& filter) const {
  if (query.size() != options_.dimensions) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("search: the query has {} dimensions and the clips have {}", query.size(),
                            options_.dimensions));
  }
  if (is_asked_of_server()) {
    std::vector<ClipHit> hits;
    for (const auto& each : catalog::ServerVectors(database, options_.kind, options_.dimensions)
                                .nearest(query, count, offset, filter)) {
      hits.push_back({each.clip, each.likeness});
    }
    return hits;
  }
  std::vector<catalog::ClipId> allowed;
  if (!filter.is_empty()) allowed = catalog::ClipList(database).ids(filter);
  const std::shared_lock lock(mutex_);
  std::vector<ClipHit> hits;
  if (filter.is_empty()) {
    hits = hits_of(index_.nearest(query, count + offset));
  } else {
    std::vector<Number> numbers;
    numbers.reserve(allowed.size());
    for (const catalog::ClipId& id : allowed) {
      if (const auto found = numbers_.find(id.text()); found != numbers_.end())
        numbers.push_back(found->second);
    }
    hits = hits_of(index_.nearest_among(query, count + offset, numbers));
  }
  hits.erase(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(std::min(offset, hits.size())));
  return hits;
}

bool ClipSearch::is_asked_of_server() const {
  const std::shared_lock lock(mutex_);
  return is_on_server_;
}

std::vector<ClipCluster> ClipSearch::clusters(db::Database& database, float least_likeness,
                                              const catalog::ClipFilter& filter) {
  // All are compared with all: that is no work for a server that others want to ask.
  if (is_asked_of_server()) refresh_memory(database);
  const auto worths = catalog::ClipList(database).worths(filter);
  const std::shared_lock lock(mutex_);
  // The worthiest clip gathers what is alike to it, then the worthiest of those that are left: so nothing is
  // drawn together over a chain of half-alike clips, as joining pairs would.
  std::vector<Number> order;
  order.reserve(worths.size());
  for (const catalog::ClipWorth& worth : worths) {
    if (const auto number = numbers_.find(worth.id.text()); number != numbers_.end())
      order.push_back(number->second);
  }
  // What no keeper has gathered.
  std::unordered_set<Number> left(order.begin(), order.end());
  std::vector<ClipCluster> all;
  constexpr std::size_t most_alike = 50;
  for (const Number keeper : order) {
    if (left.erase(keeper) == 0) continue;
    ClipCluster cluster;
    for (const auto& hit : index_.nearest(index_.find(keeper), most_alike)) {
      if (hit.likeness < least_likeness || left.erase(hit.number) == 0) continue;
      cluster.clips.push_back({clips_[hit.number], hit.likeness});
    }
    if (cluster.clips.empty()) continue;
    cluster.clips.insert(cluster.clips.begin(), {clips_[keeper], 1});
    all.push_back(std::move(cluster));
  }
  const auto keeper_of = [](const ClipCluster& cluster) { return cluster.clips.front().clip.clip_id.text(); };
  std::sort(all.begin(), all.end(), [&](const ClipCluster& a, const ClipCluster& b) {
    return a.clips.size() != b.clips.size() ? a.clips.size() > b.clips.size() : keeper_of(a) < keeper_of(b);
  });
  return all;
}

// Beside the graph, which clips its numbers are.
void ClipSearch::save() const {
  try {
    create_folder(options_.folder);
    Json json;
    json["model"] = options_.kind.model;
    json["strategy"] = options_.kind.strategy;
    json["clips"] = Json::array();
    for (const catalog::EmbeddedClip& clip : clips_) {
      json["clips"].push_back({clip.clip_id.text(), clip.video_id.text(), clip.span.begin, clip.span.end});
    }
    index_.save(options_.folder / "graph");
    write_text_file(options_.folder / "clips.json.part", json.dump());
    fs::rename(options_.folder / "clips.json.part", options_.folder / "clips.json");
  } catch (const Error& error) {
    // It is a cache: the next start is slower without it.
    log(LogLevel::Warning, "search.not_saved", {{"error", error.what()}});
  }
}

void ClipSearch::load() {
  std::error_code ignored;
  if (!fs::exists(options_.folder / "clips.json", ignored)) return;
  try {
    const Json json = Json::parse(read_text_file(options_.folder / "clips.json"));
    if (json.at("model") != options_.kind.model || json.at("strategy") != options_.kind.strategy) return;
    std::vector<catalog::EmbeddedClip> clips;
    for (const Json& each : json.at("clips")) {
      const auto clip = catalog::ClipId::parse(each.at(0).get<std::string>());
      const auto video = catalog::VideoId::parse(each.at(1).get<std::string>());
      if (!clip || !video) return;
      clips.push_back({*clip, *video, {each.at(2), each.at(3)}});
    }
    VectorIndex index = VectorIndex::load(options_.folder / "graph", {.dimensions = options_.dimensions,
                                                                      .exact_up_to = options_.exact_up_to,
                                                                      .threads = options_.threads});
    for (Number number = 0; number < clips.size(); ++number) {
      if (!index.find(number).empty()) numbers_.emplace(clips[number].clip_id.text(), number);
    }
    if (numbers_.size() != index.size()) {
      numbers_.clear();
      return;
    }
    clips_ = std::move(clips);
    index_ = std::move(index);
  } catch (const std::exception& exception) {
    log(LogLevel::Warning, "search.not_loaded", {{"error", exception.what()}});
  }
}

}  // namespace heaters::search
