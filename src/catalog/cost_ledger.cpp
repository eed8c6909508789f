#include "catalog/cost_ledger.h"

#include "base/id.h"
#include "base/time.h"

namespace heaters::catalog {

Usage& Usage::operator+=(const Usage& other) {
  store += other.store;
  cpu_seconds += other.cpu_seconds;
  wall_seconds += other.wall_seconds;
  return *this;
}

Usage VideoCost::total() const {
  Usage sum;
  for (const auto& [stage, usage] : by_stage) sum += usage;
  return sum;
}

void CostLedger::add(const CostEntry& entry) {
  const Usage& usage = entry.usage;
  database_
      .prepare(
          "INSERT INTO cost_entries (id, video_id, stage, node, recorded_at, put_requests, get_requests, "
          "head_requests, list_requests, delete_requests, bytes_sent, bytes_received, cpu_seconds, "
          "wall_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(new_ulid())
      .bind(entry.video_id)
      .bind(entry.stage)
      .bind(entry.node)
      .bind(format_utc(utc_now()))
      .bind(usage.store.put_requests)
      .bind(usage.store.get_requests)
      .bind(usage.store.head_requests)
      .bind(usage.store.list_requests)
      .bind(usage.store.delete_requests)
      .bind(usage.store.bytes_sent)
      .bind(usage.store.bytes_received)
      .bind(usage.cpu_seconds)
      .bind(usage.wall_seconds)
      .run();
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

  db::Statement usage = database_.prepare(
      "SELECT video_id, stage, sum(put_requests), sum(get_requests), sum(head_requests), "
      "sum(list_requests), sum(delete_requests), sum(bytes_sent), sum(bytes_received), sum(cpu_seconds), "
      "sum(wall_seconds) FROM cost_entries " +
      where + " GROUP BY video_id, stage");
  usage.bind(wanted);
  while (usage.step()) {
    of_video(usage.text(0)).by_stage[usage.text(1)] = {
        .store = {.put_requests = usage.integer(2),
                  .get_requests = usage.integer(3),
                  .head_requests = usage.integer(4),
                  .list_requests = usage.integer(5),
                  .delete_requests = usage.integer(6),
                  .bytes_sent = usage.integer(7),
                  .bytes_received = usage.integer(8)},
        .cpu_seconds = usage.real(9),
        .wall_seconds = usage.real(10),
    };
  }
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
