#include "documents/cost_document.h"

namespace heaters::documents {

namespace {

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

}  // namespace

Json cost_json(const catalog::VideoCost& cost, const catalog::Prices& prices) {
  Json json;
  json["video_id"] = cost.video_id;
  json["stages"] = Json::object();
  for (const auto& [stage, usage] : cost.by_stage) json["stages"][stage] = usage_json(usage);
  json["total"] = usage_json(cost.total());
  json["bytes_stored"] = cost.bytes_stored;
  const catalog::Money money = catalog::price(cost.total(), cost.bytes_stored, prices);
  json["price"]["currency"] = prices.currency;
  json["price"]["requests"] = money.requests;
  json["price"]["received"] = money.received;
  json["price"]["cpu"] = money.cpu;
  json["price"]["once"] = money.once();
  json["price"]["stored_per_month"] = money.stored_per_month;
  return json;
}

}  // namespace heaters::documents
