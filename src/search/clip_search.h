#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/clip_list.h"
#include "catalog/embeddings.h"
#include "db/database.h"
#include "search/vector_index.h"

namespace heaters::search {

struct ClipHit {
  catalog::EmbeddedClip clip;
  float likeness = 0;  // 1: the same
};

// Clips that are alike, and the one of them to keep.
struct ClipCluster {
  std::vector<ClipHit> clips;  // the keeper first; likeness is to it
};

// Finds clips by what they look like, for one model. Where the database server compares vectors by itself
// (catalog::ServerVectors) it is asked. Elsewhere, and for clusters, the vectors of all clips are held in
// memory, and follow the database. Thread-safe: searches run side by side, a refresh alone.
class ClipSearch {
 public:
  struct Options {
    catalog::EmbeddingKind kind;
    std::size_t dimensions = 256;
    std::size_t exact_up_to = catalog::NearGraph::exact_up_to;
    int threads = 2;
    // Where the graph of a large library is kept for the next start; empty: nowhere.
    std::filesystem::path folder;
  };

  explicit ClipSearch(Options options);
  ~ClipSearch();

  // Takes over what changed since the last time. Embeddings of another number of dimensions are passed over.
  void refresh(db::Database& database);

  // The clips nearest to a direction, best first, passing over the first `offset`. Only those that `filter`
  // lets through, when it is not empty.
  std::vector<ClipHit> nearest(db::Database& database, std::span<const std::int8_t> query, std::size_t count,
                               std::size_t offset, const catalog::ClipFilter& filter) const;

  // Clips at least so alike, as groups of two or more; largest first. Each clip is in one group: that of the
  // keeper it is nearest to. The keeper is the worthiest, as catalog::ClipWorth sorts.
  std::vector<ClipCluster> clusters(db::Database& database, float least_likeness,
                                    const catalog::ClipFilter& filter);

 private:
  bool is_asked_of_server() const;
  void refresh_memory(db::Database& database);
  void take(db::Database& database, const std::vector<catalog::EmbeddedClip>& present);
  void load();
  void save() const;
  std::vector<ClipHit> hits_of(const std::vector<VectorIndex::Hit>& found) const;

  Options options_;
  mutable std::shared_mutex mutex_;
  VectorIndex index_;
  std::vector<catalog::EmbeddedClip> clips_;  // by number; those of removed numbers stay as they were
  std::unordered_map<std::string, VectorIndex::Number> numbers_;  // by the clip's id
  std::string version_;
  bool is_on_server_ = false;
};

}  // namespace heaters::search
