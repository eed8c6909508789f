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

bool StorageDays::claim(const std::string& now) {
  db::Transaction transaction(database_);
  // Who comes second waits for this row, and then finds that it is not due any more.
  database_
      .prepare(
          "INSERT INTO storage_counted (id, counted_at, took_seconds) VALUES (1, '1970-01-01T00:00:00Z', 0) "
          "ON "
          "CONFLICT (id) DO UPDATE SET took_seconds = storage_counted.took_seconds")
      .run();
  if (!is_due()) return false;
  database_.prepare("UPDATE storage_counted SET counted_at = ?").bind(now).run();
  transaction.commit();
  return true;
}

void StorageDays::count() {
  if (!is_due()) return;
  const UtcTime began = utc_now();
  const std::string now = format_utc(began);
  if (!claim(now)) return;
  const std::string day = now.substr(0, day_length);
  // Nobody has to wait for the long part.
  db::Statement sums = database_.prepare(
      "SELECT storage_class, count(*), sum(bytes) FROM artifacts GROUP BY storage_class ORDER BY "
      "storage_class");
  std::vector<StoredBytes> stored;
  while (sums.step()) stored.push_back({day, sums.text(0), sums.integer(1), sums.integer(2)});
  const std::chrono::duration<double> took = utc_now() - began;
  db::Transaction transaction(database_);
  database_.prepare("DELETE FROM storage_days WHERE day = ?").bind(day).run();
  for (const StoredBytes& each : stored) {
    database_.prepare("INSERT INTO storage_days (day, storage_class, objects, bytes) VALUES (?, ?, ?, ?)")
        .bind(each.day)
        .bind(each.storage_class)
        .bind(each.objects)
        .bind(each.bytes)
        .run();
  }
  database_.prepare("UPDATE storage_counted SET took_seconds = ?").bind(took.count()).run();
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
