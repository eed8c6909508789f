#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "base/error.h"
#include "base/json.h"
#include "catalog/cost_ledger.h"

namespace heaters::app {

namespace {

constexpr double gb = 1e9;

struct Money {
  double requests = 0;
  double received = 0;
  double cpu = 0;
  double stored_per_month = 0;
};

Money price(const catalog::Usage& usage, const std::map<std::string, std::int64_t>& stored,
            const Prices& prices) {
  const auto number = [](std::int64_t count) { return static_cast<double>(count); };
  Money money;
  // S3 asks nothing for DELETE.
  money.requests = (number(usage.store.put_requests) * prices.put_per_1000 +
                    number(usage.store.get_requests + usage.store.head_requests) * prices.get_per_1000 +
                    number(usage.store.list_requests) * prices.list_per_1000) /
                   1000;
  money.received = number(usage.store.bytes_received) / gb * prices.received_per_gb;
  money.cpu = usage.cpu_seconds / 3600 * prices.cpu_per_hour;
  for (const auto& [storage_class, bytes] : stored) {
    const auto known = prices.gb_month.find(storage_class);
    money.stored_per_month +=
        number(bytes) / gb *
        (known == prices.gb_month.end() ? prices.gb_month.at("STANDARD") : known->second);
  }
  return money;
}

Json usage_json(const catalog::Usage& usage) {
  Json json;
  json["put_requests"] = usage.store.put_requests;
  json["get_requests"] = usage.store.get_requests;
  json["head_requests"] = usage.store.head_requests;
  json["list_requests"] = usage.store.list_requests;
  json["delete_requests"] = usage.store.delete_requests;
  json["bytes_sent"] = usage.store.bytes_sent;
  json["bytes_received"] = usage.store.bytes_received;
  json["cpu_seconds"] = usage.cpu_seconds;
  json["wall_seconds"] = usage.wall_seconds;
  return json;
}

Json cost_json(const catalog::VideoCost& cost, const Prices& prices) {
  Json json;
  json["video_id"] = cost.video_id;
  json["stages"] = Json::object();
  for (const auto& [stage, usage] : cost.by_stage) json["stages"][stage] = usage_json(usage);
  json["total"] = usage_json(cost.total());
  json["bytes_stored"] = cost.bytes_stored;
  const Money money = price(cost.total(), cost.bytes_stored, prices);
  json["price"]["currency"] = prices.currency;
  json["price"]["requests"] = money.requests;
  json["price"]["received"] = money.received;
  json["price"]["cpu"] = money.cpu;
  json["price"]["once"] = money.requests + money.received + money.cpu;
  json["price"]["stored_per_month"] = money.stored_per_month;
  return json;
}

std::string for_people(const catalog::VideoCost& cost, const Prices& prices) {
  const catalog::Usage total = cost.total();
  std::int64_t stored = 0;
  for (const auto& [storage_class, bytes] : cost.bytes_stored) stored += bytes;
  const Money money = price(total, cost.bytes_stored, prices);
  return fmt::format(
      "{}  {:>4} put {:>3} get {:>3} head {:>3} list  {:>12} sent {:>12} received  {:>8.2f} CPU s  {:.6f} {} "
      " "
      "stored {:>12}, {:.6f} {} a month\n",
      cost.video_id, total.store.put_requests, total.store.get_requests, total.store.head_requests,
      total.store.list_requests, total.store.bytes_sent, total.store.bytes_received, total.cpu_seconds,
      money.requests + money.received + money.cpu, prices.currency, stored, money.stored_per_month,
      prices.currency);
}

}  // namespace

int run_cost(const Config& config, const CostArguments& arguments) {
  const auto home = Home::open(config);
  const auto id = catalog::VideoId::parse(arguments.video_id);
  catalog::CostLedger ledger(*home->database);
  const auto costs = ledger.costs(arguments.video_id.empty() ? std::nullopt : id);
  if (!arguments.video_id.empty() && (!id || costs.empty())) {
    throw Error(ErrorKind::NotFound,
                fmt::format("find the cost of video \"{}\": nothing is known of it", arguments.video_id));
  }
  if (arguments.json) {
    Json json = Json::array();
    for (const catalog::VideoCost& cost : costs) json.push_back(cost_json(cost, config.prices));
    print((arguments.video_id.empty() ? json : json.front()).dump(2) + "\n");
    return 0;
  }
  std::string text;
  for (const catalog::VideoCost& cost : costs) text += for_people(cost, config.prices);
  print(text);
  return 0;
}

}  // namespace heaters::app
