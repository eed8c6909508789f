#include "review/leases.h"

#include "base/time.h"

namespace heaters::review {

namespace {

// One parameter: seconds from now.
std::string later_sql(const db::Database& database) {
  return database.dialect() == db::Dialect::Postgres
             ? "clock_timestamp() + make_interval(secs => ?::float8)"
             : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('%+f seconds', ?))";
}

}  // namespace

Leases::Leases(db::Database& database, std::string reviewer, std::chrono::milliseconds lifetime)
    : database_(database), reviewer_(std::move(reviewer)), lifetime_(lifetime) {}

bool Leases::take(const catalog::ClipId& clip) {
  db::Statement upsert = database_.prepare(
      "INSERT INTO leases (clip_id, reviewer, expires_at) VALUES (?, ?, " + later_sql(database_) +
      ") ON CONFLICT (clip_id) DO UPDATE SET reviewer = excluded.reviewer, expires_at = "
      "excluded.expires_at WHERE leases.reviewer = excluded.reviewer OR leases.expires_at < " +
      db::clock_sql(database_.dialect()));
  upsert.bind(clip.text()).bind(reviewer_).bind(static_cast<double>(lifetime_.count()) / 1000).run();
  return upsert.changes() > 0;
}

void Leases::release(const std::vector<catalog::ClipId>& clips) {
  db::Statement remove = database_.prepare("DELETE FROM leases WHERE clip_id = ? AND reviewer = ?");
  for (const catalog::ClipId& clip : clips) remove.bind(clip.text()).bind(reviewer_).run();
}

std::optional<std::string> Leases::other_holder(const catalog::ClipId& clip) {
  db::Statement select =
      database_.prepare("SELECT reviewer FROM leases WHERE clip_id = ? AND reviewer <> ? AND expires_at >= " +
                        db::clock_sql(database_.dialect()));
  select.bind(clip.text()).bind(reviewer_);
  if (!select.step()) return std::nullopt;
  return select.text(0);
}

void note_reviewer(db::Database& database, const std::string& reviewer) {
  database
      .prepare("INSERT INTO reviewers (name, seen_at) VALUES (?, " + db::clock_sql(database.dialect()) +
               ") ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at")
      .bind(reviewer)
      .run();
}

}  // namespace heaters::review
