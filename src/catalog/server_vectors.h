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
  // Whether the server has them, of all embeddings. Where it could have and there are few embeddings yet, it
  // is set up at once. Not within a transaction, as set_up() and build_graph().
  static bool are_there(db::Database& database);
  // Creates the extension and the column, and fills it, which takes minutes for a million and keeps nobody
  // waiting. False where the server or the rights of this user do not allow it, which is logged.
  static bool set_up(db::Database& database);

  // Of embeddings of this kind; such with another number of dimensions are passed over.
  ServerVectors(db::Database& database, const EmbeddingKind& kind, std::size_t dimensions);

  // Above so many embeddings: builds a graph (NearGraph) that the nearest are found in, unless there is one
  // or another process builds it. Takes minutes for a million, while others may write. Throws Error; then all
  // embeddings are compared, as before.
  void build_graph(std::size_t exact_up_to);

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
  bool has_graph();

  db::Database& database_;
  EmbeddingKind kind_;
  std::size_t dimensions_;
  std::string schema_;  // the extension's
};

}  // namespace heaters::catalog
