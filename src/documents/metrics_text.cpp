#include "documents/metrics_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <map>
#include <string_view>
#include <utility>

#include "base/process_usage.h"
#include "catalog/stage_days.h"
#include "catalog/storage_days.h"
#include "elastic/pools.h"
#include "jobs/job_counts.h"
#include "jobs/nodes.h"
#include "jobs/queue.h"
#include "stages/chain.h"
#include "stages/embed_by_model.h"
#include "stages/export.h"

namespace heaters::documents {

namespace {

constexpr int most_counted_jobs = 100'000;
// A node that died where nobody is left to see it keeps its row.
constexpr std::chrono::minutes least_silence{1};

constexpr std::array<stages::Stage, 5> all_stages = {stages::acquire_stage, stages::ingest_stage,
                                                     stages::publish_stage, stages::export_stage,
                                                     stages::embed_stage};

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

// Metrics one after the other, each with all of its samples.
class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void sample(Labels labels, double value) { sample("", labels, value); }
  void sample(std::string_view suffix, Labels labels, double value) {
    std::string list;
    for (const auto& [name, label] : labels)
      list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", name, escaped(label));
    text_ += fmt::format("{}{}{} {}\n", name_, suffix, list.empty() ? "" : "{" + list + "}",
                         std::isinf(value) ? "+Inf" : fmt::format("{:.12g}", value));
  }
  void sample(std::string_view suffix, Labels labels, std::int64_t value) {
    sample(suffix, labels, static_cast<double>(value));
  }
  void sample(Labels labels, std::int64_t value) { sample("", labels, static_cast<double>(value)); }

  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void add_store(Exposition& out, const StoreUsage& usage, std::string_view stage) {
  out.sample({{"stage", stage}, {"operation", "put"}}, usage.put_requests);
  out.sample({{"stage", stage}, {"operation", "get"}}, usage.get_requests);
  out.sample({{"stage", stage}, {"operation", "head"}}, usage.head_requests);
  out.sample({{"stage", stage}, {"operation", "list"}}, usage.list_requests);
  out.sample({{"stage", stage}, {"operation", "delete"}}, usage.delete_requests);
}

void add_jobs(Exposition& out, db::Database& database) {
  jobs::make_queue(database);
  out.begin("heaters_jobs", "gauge", "Jobs that are not completed, at most 100,000 of a state");
  std::map<std::pair<std::string, jobs::JobState>, std::int64_t> counts;
  // Also what there is none of: a number that begins with the first is no increase.
  for (const stages::Stage& stage : all_stages) {
    for (const jobs::JobState state :
         {jobs::JobState::Available, jobs::JobState::Scheduled, jobs::JobState::Executing,
          jobs::JobState::Retryable, jobs::JobState::Cancelled, jobs::JobState::Discarded})
      counts[{stage.queue, state}] = 0;
  }
  for (const jobs::JobCount& count : jobs::count_jobs(database, most_counted_jobs))
    counts[{count.queue, count.state}] = count.jobs;
  for (const auto& [which, number] : counts)
    out.sample({{"queue", which.first}, {"state", jobs::to_string(which.second)}}, number);
  out.begin("heaters_jobs_waiting_seconds", "gauge",
            "How long the next job of a queue could have run already");
  for (const stages::Stage& stage : all_stages)
    out.sample({{"queue", stage.queue}}, jobs::waiting_seconds(database, stage.queue).value_or(0));
  out.begin("heaters_nodes", "gauge", "Workers that are alive");
  out.sample({}, jobs::Nodes(database).seen_within(least_silence));
}

void add_durations(Exposition& out, const std::vector<catalog::StageSum>& sums) {
  out.begin("heaters_stage_seconds", "histogram", "How long attempts took");
  for (const catalog::StageSum& sum : sums) {
    std::int64_t below = 0;
    for (std::size_t i = 0; i < sum.by_duration.size(); ++i) {
      below += sum.by_duration[i];
      const double limit = catalog::duration_limits[i];
      out.sample("_bucket",
                 {{"stage", sum.stage}, {"le", std::isinf(limit) ? "+Inf" : fmt::format("{}", limit)}},
                 below);
    }
    out.sample("_sum", {{"stage", sum.stage}}, sum.usage.wall_seconds);
    out.sample("_count", {{"stage", sum.stage}}, sum.attempts);
  }
}

void add_stages(Exposition& out, const std::vector<catalog::StageSum>& sums) {
  const auto counter = [&](const char* name, const char* help, const auto& value) {
    out.begin(name, "counter", help);
    for (const catalog::StageSum& sum : sums) out.sample({{"stage", sum.stage}}, value(sum));
  };
  counter("heaters_stage_failures_total", "Attempts that achieved nothing",
          [](const catalog::StageSum& sum) { return sum.failures; });
  counter("heaters_stage_cpu_seconds_total", "Processor time of attempts",
          [](const catalog::StageSum& sum) { return sum.usage.cpu_seconds; });
  counter("heaters_stage_queue_seconds_total", "From when jobs could run to when they did",
          [](const catalog::StageSum& sum) { return sum.usage.queue_seconds; });
  counter("heaters_frames_decoded_total", "Frames that ingest decoded",
          [](const catalog::StageSum& sum) { return sum.usage.frames_decoded; });
  counter("heaters_frames_encoded_total", "Frames that were encoded",
          [](const catalog::StageSum& sum) { return sum.usage.frames_encoded; });
  out.begin("heaters_store_requests_total", "counter", "Requests to the store, failed ones included");
  for (const catalog::StageSum& sum : sums) add_store(out, sum.usage.store, sum.stage);
  out.begin("heaters_store_bytes_total", "counter", "Bytes to and from the store");
  for (const catalog::StageSum& sum : sums) {
    out.sample({{"stage", sum.stage}, {"direction", "sent"}}, sum.usage.store.bytes_sent);
    out.sample({{"stage", sum.stage}, {"direction", "received"}}, sum.usage.store.bytes_received);
  }
}

void add_cost(Exposition& out, const std::vector<catalog::StageSum>& sums,
              const std::vector<catalog::StoredBytes>& stored, const catalog::Prices& prices) {
  catalog::Usage all;
  for (const catalog::StageSum& sum : sums) all += sum.usage;
  std::map<std::string, std::int64_t> by_class;
  for (const catalog::StoredBytes& each : stored) by_class[each.storage_class] = each.bytes;
  const catalog::Money money = catalog::price(all, by_class, prices);
  out.begin("heaters_cost_total", "counter", "What was used, by the prices of the configuration");
  out.sample({{"currency", prices.currency}, {"for", "requests"}}, money.requests);
  out.sample({{"currency", prices.currency}, {"for", "received"}}, money.received);
  out.sample({{"currency", prices.currency}, {"for", "cpu"}}, money.cpu);
  out.begin("heaters_storage_cost_per_month", "gauge", "What is stored, by the prices of the configuration");
  out.sample({{"currency", prices.currency}}, money.stored_per_month);
  out.begin("heaters_stored_bytes", "gauge", "Bytes in the store that rows name");
  for (const catalog::StoredBytes& each : stored)
    out.sample({{"storage_class", each.storage_class}}, each.bytes);
  out.begin("heaters_stored_objects", "gauge", "Objects in the store that rows name");
  for (const catalog::StoredBytes& each : stored)
    out.sample({{"storage_class", each.storage_class}}, each.objects);
}

void add_pools(Exposition& out, const std::vector<elastic::Pool>& pools) {
  const auto gauge = [&](const char* name, const char* help, const auto& value) {
    out.begin(name, "gauge", help);
    for (const elastic::Pool& pool : pools)
      out.sample({{"pool", pool.name}}, static_cast<double>(value(pool)));
  };
  out.begin("heaters_pool_workers", "gauge", "Workers of a pool");
  for (const elastic::Pool& pool : pools) {
    out.sample({{"pool", pool.name}, {"state", "starting"}}, std::int64_t{pool.starting});
    out.sample({{"pool", pool.name}, {"state", "running"}}, std::int64_t{pool.running});
    out.sample({{"pool", pool.name}, {"state", "stopping"}}, std::int64_t{pool.stopping});
  }
  gauge("heaters_pool_target", "Workers that there should be",
        [](const elastic::Pool& pool) { return pool.report.target; });
  gauge("heaters_pool_max", "Workers that there may be",
        [](const elastic::Pool& pool) { return pool.report.limits.max; });
  gauge("heaters_pool_demand", "Jobs that wait for a pool or run in it",
        [](const elastic::Pool& pool) { return pool.report.demand; });
  gauge("heaters_pool_spent_today", "What the workers of a pool cost since midnight UTC",
        [](const elastic::Pool& pool) { return pool.report.spent_today; });
  gauge("heaters_pool_controlled", "Whether anybody controls a pool",
        [](const elastic::Pool& pool) { return pool.controller.empty() ? 0 : 1; });
  gauge("heaters_pool_in_trouble", "Whether a pool has something to say about why it is not as it should be",
        [](const elastic::Pool& pool) { return pool.report.note.empty() ? 0 : 1; });
}

}  // namespace

std::string metrics_text(db::Database& database, const catalog::Prices& prices, std::string_view version) {
  Exposition out;
  out.begin("heaters_build_info", "gauge", "The version that says this");
  out.sample({{"version", version}}, 1.0);
  add_jobs(out, database);
  const std::vector<catalog::StageSum> sums = catalog::StageDays(database).sums();
  add_durations(out, sums);
  add_stages(out, sums);
  catalog::StorageDays storage(database);
  storage.count();
  add_cost(out, sums, storage.latest(), prices);
  add_pools(out, elastic::Pools(database).list());
  return out.take();
}

std::string server_metrics_text(const ServerCounts& counts) {
  Exposition out;
  out.begin("heaters_http_requests_total", "counter", "Requests that this server answered");
  for (const ServerCounts::Class& each : counts.requests) out.sample({{"code", each.name}}, each.requests);
  out.begin("heaters_http_request_seconds_total", "counter", "Until answers began to be sent");
  out.sample({}, counts.request_seconds);
  out.begin("heaters_server_store_requests_total", "counter",
            "Requests of this server to the store, for what is looked at");
  add_store(out, counts.store, "serve");
  out.begin("heaters_server_store_bytes_total", "counter", "Bytes between this server and the store");
  out.sample({{"direction", "sent"}}, counts.store.bytes_sent);
  out.sample({{"direction", "received"}}, counts.store.bytes_received);
  const ProcessUsage usage = process_usage();
  out.begin("process_cpu_seconds_total", "counter", "Processor time of this server");
  out.sample({}, usage.cpu_seconds);
  out.begin("process_resident_memory_bytes", "gauge", "Memory of this server");
  out.sample({}, static_cast<std::int64_t>(resident_bytes(::getpid())));
  return out.take();
}

}  // namespace heaters::documents
