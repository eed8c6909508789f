#include "documents/pool_document.h"

#include <string>

namespace heaters::documents {

namespace {

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json worker_json(const elastic::PoolWorker& worker) {
  Json json;
  json["id"] = worker.id;
  json["state"] = to_string(worker.state);
  json["place"] = text_or_null(worker.place);
  json["node"] = text_or_null(worker.node);
  json["requested_at"] = worker.requested_at;
  json["started_at"] = text_or_null(worker.started_at);
  json["ended_at"] = text_or_null(worker.ended_at);
  json["cause"] = text_or_null(worker.cause);
  return json;
}

}  // namespace

Json pool_json(const elastic::Pool& pool, const std::vector<elastic::PoolWorker>& alive,
               const std::vector<elastic::PoolWorker>& ended) {
  Json json;
  json["name"] = pool.name;
  json["backend"] = pool.report.backend;
  json["queues"] = pool.report.queues;
  json["min"] = pool.report.limits.min;
  json["max"] = pool.report.limits.max;
  json["is_draining"] = pool.report.limits.is_draining;
  json["controller"] = text_or_null(pool.controller);
  json["demand"] = pool.report.demand;
  json["target"] = pool.report.target;
  json["spent_today"] = pool.report.spent_today;
  json["note"] = text_or_null(pool.report.note);
  json["workers"] = Json::array();
  for (const elastic::PoolWorker& worker : alive) json["workers"].push_back(worker_json(worker));
  json["ended"] = Json::array();
  for (const elastic::PoolWorker& worker : ended) json["ended"].push_back(worker_json(worker));
  return json;
}

}  // namespace heaters::documents
