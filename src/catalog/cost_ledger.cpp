#include "catalog/cost_ledger.h"

#include "base/id.h"
#include "base/time.h"

namespace heaters::catalog {

Usage VideoCost::total() const {
  Usage sum;
  for (const auto& [stage, usage] : by_stage) sum += usage;
  return sum;
}

void CostLedger::add(const CostEntry& entry) {
  db::Statement statement =
      database_.prepare("INSERT INTO cost_entries (id, video_id, stage, node, recorded_at, has_failed, " +
                        usage_columns() + ") VALUES (?, ?, ?, ?, ?, ?, " + usage_columns("?") + ")");
  statement.bind(new_ulid())
      .bind(entry.video_id)
      .bind(entry.stage)
      .bind(entry.node)
      .bind(format_utc(utc_now()))
      .bind(entry.end == AttemptEnd::Failed);
  bind_usage(statement, entry.usage);
  statement.run();
  StageDays(database_).add(entry.stage, entry.node, entry.usage, entry.end);
}

std::vector<VideoCost> CostLedger::costs(const std::optional<VideoId>& id) {
  std::map<std::string, VideoCost, std::greater<>> by_video;
  const auto of_video = [&](const std::string& video_id) -> VideoCost& {
    VideoCost& cost = by_video[video_id];
    cost.video_id = video_id;
    return cost;
  };
  const std::string where = id ? "WHERE video_id = ?" : "WHERE '' = ?";
  const std::string wanted = id ? id->text() : "";

  db::Statement usage = database_.prepare("SELECT video_id, stage, " + usage_columns("sum({})") +
                                          " FROM cost_entries " + where + " GROUP BY video_id, stage");
  usage.bind(wanted);
  while (usage.step()) of_video(usage.text(0)).by_stage[usage.text(1)] = usage_at(usage, 2);
  db::Statement stored = database_.prepare("SELECT video_id, storage_class, sum(bytes) FROM artifacts " +
                                           where + " GROUP BY video_id, storage_class");
  stored.bind(wanted);
  while (stored.step()) of_video(stored.text(0)).bytes_stored[stored.text(1)] = stored.integer(2);

  std::vector<VideoCost> costs;
  costs.reserve(by_video.size());
  for (auto& [video_id, cost] : by_video) costs.push_back(std::move(cost));
  return costs;
}

}  // namespace heaters::catalog
