#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/embeddings.h"
#include "db/database.h"

namespace heaters::catalog {

// What clips are searched by: a model that somebody registered, or the built-in looks.
struct Model {
  std::string name;    // that people gave it
  EmbeddingKind kind;  // the digest of its files, and the frames it is shown
  // Of its file, on every machine that encodes; nullopt: the built-in looks, which have none.
  std::optional<std::filesystem::path> path;
  std::size_t dimensions = 0;
  bool has_text = false;  // encodes texts too
  bool is_default = false;
};

// The rows about models. Borrows the connection, and works in whatever transaction is open on it; not
// thread-safe.
class Models {
 public:
  explicit Models(db::Database& database) : database_(database) {}

  // Registers it, or takes over where its file is by now. Throws Conflict when the name is another model's,
  // or that of the built-in looks. Whether it is the default stays as it is.
  void put(const Model& model);
  std::vector<Model> list();  // by name
  std::optional<Model> find(std::string_view name);
  Model get(std::string_view name);     // throws NotFound
  std::optional<Model> find_default();  // nullopt: the built-in looks
  // nullopt: the built-in looks. Throws NotFound.
  void make_default(const std::optional<std::string>& name);
  // With its embeddings, unless another name stands for the same. Throws NotFound.
  void remove(const std::string& name);

  static constexpr std::string_view looks = "looks";  // what the built-in ones are called

 private:
  db::Database& database_;
};

}  // namespace heaters::catalog
