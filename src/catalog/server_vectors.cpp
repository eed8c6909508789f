#include "catalog/server_vectors.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "catalog/near_graph.h"

namespace heaters::catalog {

namespace {

// Half floats hold the whole numbers from -128 to 127 as they are. {0} is the extension's schema; who writes
// may have any search path. What has no components gets one, so that only what is not filled in yet is null.
constexpr const char* make_column = R"(
SET LOCAL lock_timeout = '10s';
CREATE OR REPLACE FUNCTION heaters.direction_of(text) RETURNS {0}.halfvec LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ('[' || coalesce(string_agg((CASE WHEN get_byte(bytes, i) > 127 THEN get_byte(bytes, i) - 256
                                           ELSE get_byte(bytes, i) END)::text, ',' ORDER BY i), '0')
          || ']')::{0}.halfvec
  FROM (SELECT decode($1, 'base64') AS bytes) AS decoded, generate_series(0, octet_length(bytes) - 1) AS i
$$;
CREATE OR REPLACE FUNCTION heaters.set_direction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.direction := heaters.direction_of(NEW.vector);
  RETURN NEW;
END $$;
ALTER TABLE heaters.embeddings ADD COLUMN direction {0}.halfvec;
DROP TRIGGER IF EXISTS embeddings_direction ON heaters.embeddings;
CREATE TRIGGER embeddings_direction BEFORE INSERT OR UPDATE OF vector ON heaters.embeddings
  FOR EACH ROW EXECUTE FUNCTION heaters.set_direction();
CREATE INDEX embeddings_without_direction ON heaters.embeddings (clip_id) WHERE direction IS NULL;
)";

// The trigger does it.
constexpr const char* fill_some =
    "UPDATE embeddings SET vector = vector WHERE (clip_id, model, strategy) IN "
    "(SELECT clip_id, model, strategy FROM embeddings WHERE direction IS NULL LIMIT 5000 FOR UPDATE SKIP "
    "LOCKED)";

// So many are filled in while somebody waits for a search.
constexpr int few_embeddings = 10'000;

bool is_true(db::Database& database, const std::string& sql) {
  db::Statement row = database.prepare(sql);
  return row.step() && row.integer(0) != 0;
}

bool has_column(db::Database& database) {
  return is_true(
      database,
      "SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'heaters.embeddings'::regclass AND "
      "attname = 'direction' AND NOT attisdropped)");
}

// The version that is installed, or would be.
bool is_recent_enough(db::Database& database) {
  return is_true(database,
                 "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector' AND "
                 "string_to_array(split_part(coalesce(installed_version, default_version), '-', 1), "
                 "'.')::int[] >= '{0,8}'");
}

bool is_filled(db::Database& database) {
  return is_true(database, "SELECT NOT EXISTS (SELECT 1 FROM embeddings WHERE direction IS NULL)");
}

// Quoted as SQL wants it; empty when the extension is not installed.
std::string extension_schema(db::Database& database) {
  db::Statement row = database.prepare(
      "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
      "WHERE extname = 'vector'");
  return row.step() ? row.text(0) : std::string();
}

}  // namespace

bool ServerVectors::are_there(db::Database& database) {
  if (database.dialect() != db::Dialect::Postgres) return false;
  if (has_column(database)) return is_filled(database);
  return is_recent_enough(database) &&
         is_true(database,
                 fmt::format("SELECT count(*) <= {0} FROM (SELECT 1 FROM embeddings LIMIT {0} + 1) AS few",
                             few_embeddings)) &&
         set_up(database);
}

bool ServerVectors::set_up(db::Database& database) {
  if (database.dialect() != db::Dialect::Postgres || !is_recent_enough(database)) return false;
  try {
    db::Transaction transaction(database);
    // One at a time.
    database.execute("SELECT pg_advisory_xact_lock(hashtext('heaters.direction'))");
    if (!has_column(database)) {
      database.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public");
      database.execute(fmt::format(make_column, extension_schema(database)));
    }
    transaction.commit();
    db::Statement fill = database.prepare(fill_some);
    do fill.run();
    while (fill.changes() > 0);
    return is_filled(database);
  } catch (const Error& error) {
    if (!database.is_connected()) throw;
    log(LogLevel::Info, "search.without_pgvector", {{"error", error.what()}});
    return false;
  }
}

ServerVectors::ServerVectors(db::Database& database, const EmbeddingKind& kind, std::size_t dimensions)
    : database_(database), kind_(kind), dimensions_(dimensions), schema_(extension_schema(database)) {}

std::string ServerVectors::index_name() const {
  return "embeddings_near_" +
         sha256_hex(fmt::format("{}/{}/{}", kind_.model, kind_.strategy, dimensions_)).substr(0, 16);
}

// Literals, since a partial index is used for those only.
std::string ServerVectors::of_kind() const {
  for (const char c : kind_.model + kind_.strategy) HEATERS_CHECK(c != '\'' && c != '\\' && c != '?');
  return fmt::format(
      "embeddings.model = '{}' AND embeddings.strategy = '{}' AND {}.vector_dims(embeddings.direction) = {}",
      kind_.model, kind_.strategy, schema_, dimensions_);
}

std::string ServerVectors::direction() const {
  return fmt::format("(embeddings.direction::{}.halfvec({}))", schema_, dimensions_);
}

bool ServerVectors::has_graph() {
  return is_true(database_,
                 fmt::format("SELECT EXISTS (SELECT 1 FROM pg_index WHERE indisvalid AND indexrelid = "
                             "to_regclass('heaters.{}'))",
                             index_name()));
}

void ServerVectors::build_graph(std::size_t exact_up_to) {
  if (has_graph()) return;
  db::Statement count = database_.prepare("SELECT count(*) FROM embeddings WHERE " + of_kind());
  HEATERS_CHECK(count.step());
  if (static_cast<std::size_t>(count.integer(0)) <= exact_up_to) return;
  const std::string lock = fmt::format("(hashtext('{}'))", index_name());
  if (!is_true(database_, "SELECT pg_try_advisory_lock" + lock)) return;
  try {
    // Not valid: its making was broken off.
    database_.execute(fmt::format("DROP INDEX IF EXISTS heaters.{}", index_name()));
    database_.execute(fmt::format(
        "CREATE INDEX CONCURRENTLY {} ON heaters.embeddings USING hnsw ({} "
        "{}.halfvec_cosine_ops) WITH (m = {}, ef_construction = {}) WHERE {}",
        index_name(), direction(), schema_, NearGraph::links, NearGraph::build_effort, of_kind()));
  } catch (...) {
    is_true(database_, "SELECT pg_advisory_unlock" + lock);
    throw;
  }
  is_true(database_, "SELECT pg_advisory_unlock" + lock);
}

std::vector<ServerVectors::Neighbour> ServerVectors::nearest(std::span<const std::int8_t> query,
                                                             std::size_t count, std::size_t offset,
                                                             const ClipFilter& filter) {
  std::string text = "[";
  for (const std::int8_t component : query)
    text += fmt::format("{}{}", text.size() > 1 ? "," : "", component);
  text += "]";
  const std::string distance =
      fmt::format("{} OPERATOR({}.<=>) ?::{}.halfvec({})", direction(), schema_, schema_, dimensions_);
  // Of no direction at all: like nothing. An order by this is none that the graph gives.
  const std::string known_distance = fmt::format("coalesce(nullif({}, 'NaN'), 1)", distance);
  // The graph knows near ones only, and nothing of filters.
  const bool is_for_graph = filter.is_empty() && NearGraph::knows(offset + count) && has_graph();
  db::Transaction transaction(database_);
  database_.execute(
      fmt::format("SET LOCAL hnsw.ef_search = {}; SET LOCAL plan_cache_mode = force_custom_plan",
                  NearGraph::search_effort));
  db::Statement rows = database_.prepare(fmt::format(
      "SELECT embeddings.clip_id, embeddings.video_id, embeddings.begin_frame, embeddings.end_frame, {} AS "
      "distance FROM embeddings JOIN clips ON clips.id = embeddings.clip_id AND clips.begin_frame = "
      "embeddings.begin_frame AND clips.end_frame = embeddings.end_frame JOIN videos ON videos.id = "
      "clips.video_id WHERE {}{} ORDER BY distance, embeddings.clip_id LIMIT ? OFFSET ?",
      is_for_graph ? distance : known_distance, of_kind(), conditions(db::Dialect::Postgres, filter)));
  rows.bind(text);
  bind_conditions(rows, db::Dialect::Postgres, filter);
  rows.bind(static_cast<std::int64_t>(count)).bind(static_cast<std::int64_t>(offset));
  std::vector<Neighbour> found;
  while (rows.step()) found.push_back({embedded_clip_at(rows), static_cast<float>(1 - rows.real(4))});
  transaction.commit();
  return found;
}

}  // namespace heaters::catalog
