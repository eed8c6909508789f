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

// Finds clips by what they look like, for one model. Holds the vectors of all clips of a database in memory,
// and follows it. Thread-safe: searches run side by side, a refresh alone.
class ClipSearch {
 public:
  struct Options {
    catalog::EmbeddingKind kind;
    std::size_t dimensions = 256;
    std::size_t exact_up_to = 200'000;
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

  // nullopt: the clip is not there, or not embedded.
  std::optional<std::vector<std::int8_t>> vector_of(const catalog::ClipId& clip) const;

  // Clips at least so alike, as groups of two or more; largest first. Each clip is in one group: that of the
  // keeper it is nearest to. The keeper is the worthiest, as catalog::ClipWorth sorts.
  std::vector<ClipCluster> clusters(db::Database& database, float least_likeness,
                                    const catalog::ClipFilter& filter) const;

 private:
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
};

}  // namespace heaters::search
