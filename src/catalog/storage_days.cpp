#include "catalog/storage_days.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace heaters::catalog {

namespace {

constexpr std::size_t day_length = 10;
constexpr double least_seconds = 60;
constexpr double times_as_long = 1000;

}  // namespace

bool StorageDays::is_due() {
  db::Statement last = database_.prepare("SELECT counted_at, took_seconds FROM storage_counted");
  if (!last.step()) return true;
  const auto counted_at = parse_utc(last.text(0));
  if (!counted_at) return true;
  const std::chrono::duration<double> age = utc_now() - *counted_at;
  return age.count() >= std::max(least_seconds, times_as_long * last.real(1));
}

void StorageDays::count() {
  if (!is_due()) return;
  const UtcTime now = utc_now();
  db::Transaction transaction(database_);
  // Who comes second waits for this row, and then finds that it is not due any more.
  database_
      .prepare(
          "INSERT INTO storage_counted (id, counted_at, took_seconds) VALUES (1, '1970-01-01T00:00:00Z', 0) "
          "ON "
          "CONFLICT (id) DO UPDATE SET took_seconds = storage_counted.took_seconds")
      .run();
  if (!is_due()) return;
  const std::string day = format_utc(now).substr(0, day_length);
  database_.prepare("DELETE FROM storage_days WHERE day = ?").bind(day).run();
  database_
      .prepare(
          "INSERT INTO storage_days (day, storage_class, objects, bytes) SELECT CAST(? AS TEXT), "
          "storage_class, count(*), sum(bytes) FROM artifacts GROUP BY storage_class")
      .bind(day)
      .run();
  const std::chrono::duration<double> took = utc_now() - now;
  database_.prepare("UPDATE storage_counted SET counted_at = ?, took_seconds = ?")
      .bind(format_utc(now))
      .bind(took.count())
      .run();
  transaction.commit();
}

std::vector<StoredBytes> StorageDays::latest() {
  db::Statement last = database_.prepare("SELECT counted_at FROM storage_counted");
  return last.step() ? read("day = ?", last.text(0).substr(0, day_length)) : std::vector<StoredBytes>();
}

std::vector<StoredBytes> StorageDays::days(const std::string& since) {
  return read("day >= ?", since);
}

std::vector<StoredBytes> StorageDays::read(const std::string& where, const std::string& value) {
  db::Statement rows =
      database_.prepare("SELECT day, storage_class, objects, bytes FROM storage_days WHERE " + where +
                        " ORDER BY day, storage_class");
  rows.bind(value);
  std::vector<StoredBytes> found;
  while (rows.step()) found.push_back({rows.text(0), rows.text(1), rows.integer(2), rows.integer(3)});
  return found;
}

}  // namespace heaters::catalog
