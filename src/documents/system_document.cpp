#include "documents/system_document.h"

#include <iterator>
#include <map>
#include <string>

#include "base/time.h"
#include "catalog/stage_days.h"
#include "catalog/storage_days.h"
#include "documents/pool_document.h"
#include "elastic/pools.h"
#include "jobs/nodes.h"
#include "stages/chain.h"

namespace heaters::documents {

namespace {

constexpr double days_a_month = 365.25 / 12;
constexpr int most_history = 20;

std::string day_of(UtcTime time) {
  constexpr std::size_t length = 10;
  return format_utc(time).substr(0, length);
}

using ByClass = std::map<std::string, std::int64_t>;

// What was stored on a day that nobody looked is what was stored when somebody did before.
std::map<std::string, ByClass> stored_by_day(catalog::StorageDays& storage) {
  std::map<std::string, ByClass> by_day;
  for (const catalog::StoredBytes& each : storage.days("")) by_day[each.day][each.storage_class] = each.bytes;
  return by_day;
}

struct Day {
  std::int64_t videos = 0;  // that became ready
  std::int64_t attempts = 0;
  std::int64_t failures = 0;
  catalog::Usage usage;
};

std::map<std::string, Day> work_by_day(catalog::StageDays& stages, const std::string& since) {
  std::map<std::string, Day> by_day;
  for (const catalog::StageSum& sum : stages.days(since)) {
    Day& day = by_day[sum.day];
    if ("heaters_" + sum.stage == stages::publish_stage.queue) day.videos += sum.attempts - sum.failures;
    day.attempts += sum.attempts;
    day.failures += sum.failures;
    day.usage += sum.usage;
  }
  return by_day;
}

Json day_json(const std::string& name, const Day& day, const ByClass* stored, const catalog::Prices& prices) {
  const catalog::Money money = catalog::price(day.usage, stored != nullptr ? *stored : ByClass(), prices);
  Json json;
  json["day"] = name;
  json["videos"] = day.videos;
  json["attempts"] = day.attempts;
  json["failures"] = day.failures;
  json["cpu_seconds"] = day.usage.cpu_seconds;
  json["frames_decoded"] = day.usage.frames_decoded;
  json["frames_encoded"] = day.usage.frames_encoded;
  json["bytes_stored"] = stored != nullptr ? Json(*stored) : Json(nullptr);
  json["cost"]["requests"] = money.requests;
  json["cost"]["received"] = money.received;
  json["cost"]["cpu"] = money.cpu;
  json["cost"]["stored"] = stored != nullptr ? Json(money.stored_per_month / days_a_month) : Json(nullptr);
  return json;
}

Json days_json(db::Database& database, const catalog::Prices& prices, int days) {
  catalog::StageDays stages(database);
  catalog::StorageDays storage(database);
  storage.count();
  const UtcTime now = utc_now();
  const std::string since = day_of(now - std::chrono::days(days - 1));
  const auto work = work_by_day(stages, since);
  const auto stored = stored_by_day(storage);
  Json list = Json::array();
  const auto first = stored.upper_bound(since);
  const ByClass* last = first == stored.begin() ? nullptr : &std::prev(first)->second;
  for (int back = days - 1; back >= 0; --back) {
    const std::string name = day_of(now - std::chrono::days(back));
    if (const auto here = stored.find(name); here != stored.end()) last = &here->second;
    const auto found = work.find(name);
    list.push_back(day_json(name, found != work.end() ? found->second : Day(), last, prices));
  }
  return list;
}

Json stages_json(db::Database& database, const std::string& since) {
  Json list = Json::array();
  for (const catalog::StageSum& sum : catalog::StageDays(database).sums(since)) {
    const auto attempts = static_cast<double>(sum.attempts);
    Json json;
    json["stage"] = sum.stage;
    json["attempts"] = sum.attempts;
    json["failures"] = sum.failures;
    json["mean_seconds"] = sum.usage.wall_seconds / attempts;
    json["p50_seconds"] = sum.wall_seconds_of(0.5);
    json["p95_seconds"] = sum.wall_seconds_of(0.95);
    json["mean_queue_seconds"] = sum.usage.queue_seconds / attempts;
    json["cpu_seconds"] = sum.usage.cpu_seconds;
    json["frames_decoded_per_second"] =
        sum.usage.wall_seconds > 0 ? static_cast<double>(sum.usage.frames_decoded) / sum.usage.wall_seconds
                                   : 0;
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

Json system_json(db::Database& database, const catalog::Prices& prices, int days) {
  Json json;
  json["currency"] = prices.currency;
  json["nodes"] = jobs::Nodes(database).all().size();
  json["days"] = days_json(database, prices, days);
  json["stages"] = stages_json(database, json["days"].front()["day"]);
  json["pools"] = Json::array();
  elastic::Pools pools(database);
  for (const elastic::Pool& pool : pools.list())
    json["pools"].push_back(pool_json(pool, pools.alive(pool.name), pools.history(pool.name, most_history)));
  return json;
}

}  // namespace heaters::documents
