#include "catalog/stage_days.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "base/time.h"

namespace heaters::catalog {

namespace {

constexpr std::size_t shards = 8;

int class_of(double seconds) {
  const auto* const limit = std::lower_bound(duration_limits.begin(), duration_limits.end() - 1, seconds);
  return static_cast<int>(limit - duration_limits.begin());
}

}  // namespace

double StageSum::wall_seconds_of(double share) const {
  const double wanted = share * static_cast<double>(attempts);
  double below = 0;
  for (std::size_t i = 0; i < by_duration.size(); ++i) {
    const auto here = static_cast<double>(by_duration[i]);
    if (here > 0 && below + here >= wanted) {
      const double from = i == 0 ? 0 : duration_limits[i - 1];
      const double to = i + 1 == by_duration.size() ? from : duration_limits[i];
      return from + (to - from) * std::max(0.0, wanted - below) / here;
    }
    below += here;
  }
  return 0;
}

void StageDays::add(const std::string& stage, const std::string& node, const Usage& usage, AttemptEnd end) {
  constexpr std::size_t day_length = 10;
  db::Statement statement =
      database_.prepare("INSERT INTO stage_days (day, stage, duration, shard, attempts, failures, " +
                        usage_columns() + ") VALUES (?, ?, ?, ?, ?, ?, " + usage_columns("?") +
                        ") ON CONFLICT (day, stage, duration, shard) DO UPDATE SET attempts = "
                        "stage_days.attempts + excluded.attempts, failures "
                        "= stage_days.failures + excluded.failures, " +
                        usage_columns("{0} = stage_days.{0} + excluded.{0}"));
  statement.bind(format_utc(utc_now()).substr(0, day_length))
      .bind(stage)
      .bind(class_of(usage.wall_seconds))
      .bind(static_cast<std::int64_t>(std::hash<std::string>()(node) % shards))
      .bind(static_cast<std::int64_t>(end != AttemptEnd::PutOff))
      .bind(static_cast<std::int64_t>(end == AttemptEnd::Failed));
  bind_usage(statement, usage);
  statement.run();
}

std::vector<StageSum> StageDays::sums(const std::string& since) {
  return read(since, false);
}

std::vector<StageSum> StageDays::days(const std::string& since) {
  return read(since, true);
}

std::vector<StageSum> StageDays::read(const std::string& since, bool by_day) {
  db::Statement rows =
      database_.prepare(fmt::format("SELECT {}, stage, duration, sum(attempts), sum(failures), {} FROM "
                                    "stage_days WHERE day >= ? GROUP BY 1, "
                                    "2, 3 ORDER BY 1, 2, 3",
                                    by_day ? "day" : "''", usage_columns("sum({})")));
  rows.bind(since);
  std::vector<StageSum> found;
  while (rows.step()) {
    const std::string day = rows.text(0);
    const std::string stage = rows.text(1);
    if (found.empty() || found.back().day != day || found.back().stage != stage)
      found.push_back({.day = day, .stage = stage});
    StageSum& last = found.back();
    const auto duration = static_cast<std::size_t>(rows.integer(2));
    if (duration < last.by_duration.size()) last.by_duration[duration] += rows.integer(3);
    last.attempts += rows.integer(3);
    last.failures += rows.integer(4);
    last.usage += usage_at(rows, 5);
  }
  return found;
}

}  // namespace heaters::catalog
