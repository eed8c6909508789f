#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "catalog/clip_filter.h"
#include "catalog/embeddings.h"
#include "db/database.h"

namespace heaters::catalog {

// Embeddings as the database server compares them by itself, where PostgreSQL has pgvector 0.8 or later
// (https://github.com/pgvector/pgvector): a column of half floats beside the bytes, which holds them exactly
// and which a trigger fills, whoever writes. Borrows the connection; not thread-safe.
class ServerVectors {
 public:
  // Whether the server has them. Sees to it the first time: creates the extension and the column, and fills
  // it. False also when this user may not do so, which is logged. Not within a transaction.
  static bool are_there(db::Database& database);

  // Of embeddings of this kind; such with another number of dimensions are passed over.
  ServerVectors(db::Database& database, const EmbeddingKind& kind, std::size_t dimensions);

  // Above so many embeddings a graph is searched (hierarchical navigable small worlds) instead of all: built
  // here when there is none, which takes minutes for a million and keeps nobody from writing. While another
  // process builds it nothing happens. Not within a transaction.
  void prepare(std::size_t exact_up_to);

  struct Neighbour {
    EmbeddedClip clip;
    float likeness = 0;  // cosine of the angle
  };
  // The nearest that the filter lets through, best first, of equals the older clip first.
  std::vector<Neighbour> nearest(std::span<const std::int8_t> query, std::size_t count, std::size_t offset,
                                 const ClipFilter& filter);

 private:
  std::string index_name() const;
  std::string of_kind() const;
  std::string direction() const;
  void build_graph();

  db::Database& database_;
  EmbeddingKind kind_;
  std::size_t dimensions_;
  std::string schema_;  // the extension's
};

}  // namespace heaters::catalog
