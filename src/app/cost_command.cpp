#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "base/error.h"
#include "base/json.h"
#include "catalog/cost_ledger.h"
#include "catalog/prices.h"
#include "documents/cost_document.h"

namespace heaters::app {

namespace {

std::string for_people(const catalog::VideoCost& cost, const catalog::Prices& prices) {
  const catalog::Usage total = cost.total();
  std::int64_t stored = 0;
  for (const auto& [storage_class, bytes] : cost.bytes_stored) stored += bytes;
  const catalog::Money money = catalog::price(total, cost.bytes_stored, prices);
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
    for (const catalog::VideoCost& cost : costs) json.push_back(documents::cost_json(cost, config.prices));
    print((arguments.video_id.empty() ? json : json.front()).dump(2) + "\n");
    return 0;
  }
  std::string text;
  for (const catalog::VideoCost& cost : costs) text += for_people(cost, config.prices);
  print(text);
  return 0;
}

}  // namespace heaters::app
