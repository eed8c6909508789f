#include "catalog/models.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/error.h"

namespace heaters::catalog {

namespace {

constexpr std::string_view model_columns =
    "SELECT name, digest, strategy, path, dimensions, has_text, is_default FROM models ";
constexpr std::size_t longest_name = 64;

Model model_in(const db::Statement& row) {
  return {.name = row.text(0),
          .kind = {row.text(1), row.text(2)},
          .path = row.text(3),
          .dimensions = static_cast<std::size_t>(row.integer(4)),
          .has_text = row.integer(5) != 0,
          .is_default = row.integer(6) != 0};
}

}  // namespace

void Models::put(const Model& model) {
  HEATERS_CHECK(model.path.has_value());
  if (model.name.empty() || model.name.size() > longest_name || model.name == looks) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("register a model: \"{}\" cannot be its name; take one of 1 to {} characters "
                            "that is not \"{}\"",
                            model.name, longest_name, looks));
  }
  if (const auto known = find(model.name); known && known->kind != model.kind) {
    throw Error(ErrorKind::Conflict,
                fmt::format("register a model: \"{}\" is the name of another one, or of the same with other "
                            "frames; give this one a name of its own",
                            model.name));
  }
  db::Statement insert = database_.prepare(
      "INSERT INTO models (name, digest, strategy, path, dimensions, has_text) VALUES (?, ?, ?, ?, ?, ?) ON "
      "CONFLICT (name) DO UPDATE SET path = excluded.path, has_text = excluded.has_text");
  insert.bind(model.name).bind(model.kind.model).bind(model.kind.strategy).bind(model.path->string());
  insert.bind(static_cast<std::int64_t>(model.dimensions)).bind(std::int64_t{model.has_text ? 1 : 0}).run();
}

std::vector<Model> Models::list() {
  db::Statement rows = database_.prepare(std::string(model_columns) + "ORDER BY name");
  std::vector<Model> found;
  while (rows.step()) found.push_back(model_in(rows));
  return found;
}

std::optional<Model> Models::find(std::string_view name) {
  db::Statement rows = database_.prepare(std::string(model_columns) + "WHERE name = ?");
  rows.bind(name);
  if (!rows.step()) return std::nullopt;
  return model_in(rows);
}

Model Models::get(std::string_view name) {
  if (auto model = find(name)) return *std::move(model);
  throw Error(
      ErrorKind::NotFound,
      fmt::format("find the model \"{}\": there is none of that name; `heaters models list` names them",
                  name));
}

std::optional<Model> Models::find_default() {
  db::Statement rows = database_.prepare(std::string(model_columns) + "WHERE is_default = 1");
  if (!rows.step()) return std::nullopt;
  return model_in(rows);
}

void Models::make_default(const std::optional<std::string>& name) {
  if (name) get(*name);
  database_.execute("UPDATE models SET is_default = 0 WHERE is_default = 1");
  if (!name) return;
  db::Statement update = database_.prepare("UPDATE models SET is_default = 1 WHERE name = ?");
  update.bind(*name).run();
}

void Models::remove(const std::string& name) {
  const Model model = get(name);
  db::Statement row = database_.prepare("DELETE FROM models WHERE name = ?");
  row.bind(name).run();
  db::Statement embeddings = database_.prepare(
      "DELETE FROM embeddings WHERE model = ? AND strategy = ? AND NOT EXISTS (SELECT 1 FROM models WHERE "
      "digest = embeddings.model AND strategy = embeddings.strategy)");
  embeddings.bind(model.kind.model).bind(model.kind.strategy).run();
}

}  // namespace heaters::catalog
