#include "elastic/fly_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "base/error.h"

namespace heaters::elastic {

namespace {

constexpr int too_many_requests = 429;

// States of a machine that runs nothing and will not by itself (fly.io/docs/machines/machine-states); all
// others do or may.
bool has_ended(const std::string& state) {
  static constexpr std::array<std::string_view, 8> states = {
      "stopped", "suspended", "failed", "launch_failed", "destroyed", "replaced", "migrated", "destroying"};
  return std::find(states.begin(), states.end(), state) != states.end();
}

bool is_gone(const std::string& state) {
  return state == "destroyed" || state == "destroying" || state == "replaced" || state == "migrated";
}

// "insufficient_capacity: no room in ams", or the status alone.
std::string reason(const JsonApi::Answer& response) {
  const std::string status = response.text("status");
  const std::string error = response.text("error");
  return fmt::format("HTTP {}{}{}{}{}", response.status, status.empty() ? "" : " ", status,
                     error.empty() ? "" : ": ", error);
}

bool is_without_room(const JsonApi::Answer& response) {
  return response.status == 412 || response.status == 422 ||
         response.text("status") == "insufficient_capacity";
}

// What the newest event of an end says.
std::string cause_of_end(const Json& machine) {
  if (!machine.contains("events") || !machine["events"].is_array()) return "ended";
  for (const Json& event : machine["events"]) {
    if (text_at(event, "type") != "exit") continue;
    const Json exit = event.value("/request/exit_event"_json_pointer, Json());
    if (!exit.is_object()) return "ended";
    if (exit.value("oom_killed", false)) return "killed: out of memory";
    const int code = exit.value("exit_code", 0);
    return code == 0 ? "ended" : fmt::format("ended with exit code {}", code);
  }
  return "ended";
}

// What a machine of the pool is made by, with its digest: one that was made by another is of no use.
Json machine_config(const FlyBackend::Options& options) {
  Json config;
  config["image"] = options.image;
  config["init"]["exec"] = options.command;  // instead of the image's entry point and command
  config["guest"] = {
      {"cpu_kind", options.cpu_kind}, {"cpus", options.cpus}, {"memory_mb", options.memory_mb}};
  config["auto_destroy"] = false;  // how it ended is to be seen; look() deletes it
  config["restart"]["policy"] = "no";
  config["services"] = Json::array();
  config["metadata"]["heaters_pool"] = options.pool;
  config["stop_config"] = {{"signal", "SIGTERM"},
                           {"timeout", fmt::format("{}s", options.stop_timeout.count())}};
  config["env"] = Json::object();
  for (const auto& [name, value] : options.environment) config["env"][name] = value;
  config["metadata"]["heaters_config"] = sha256_hex(config.dump());
  return config;
}

std::string digest_in(const Json& config) {
  return config.value("/metadata/heaters_config"_json_pointer, std::string());
}

}  // namespace

FlyBackend::FlyBackend(Options options)
    : options_(std::move(options)),
      config_(machine_config(options_)),
      api_({.url = fmt::format("{}/v1/apps/{}/machines", options_.api, options_.app),
            .token = [this] { return options_.token; },
            .ca_file = ""}) {}

JsonApi::Answer FlyBackend::send(const std::string& method, const std::string& path,
                                 const std::string& body) {
  JsonApi::Answer answer = api_.send(method, path, body);
  if (answer.status == 401 || answer.status == 403) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("ask Fly about app \"{}\": {} (FLY_API_TOKEN)", options_.app, reason(answer)));
  }
  return answer;
}

bool FlyBackend::allow(const std::string& action) {
  return budget_.take(action, RequestBudget::Clock::now());
}

void FlyBackend::list() {
  if (!allow("list")) return;
  const JsonApi::Answer response = send("GET", "?metadata.heaters_pool=" + options_.pool);
  if (response.status == too_many_requests) return budget_.exhaust("list", RequestBudget::Clock::now());
  const Json& machines = response.body;
  if (!response.is_success() || !machines.is_array()) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("list the machines of app \"{}\": {}", options_.app, reason(response)));
  }
  machines_.clear();
  started_.clear();
  for (const Json& each : machines) {
    if (text_at(each, "id").empty()) continue;
    machines_.push_back({text_at(each, "id"), text_at(each, "name"), text_at(each, "state"),
                         cause_of_end(each), each.contains("config") ? digest_in(each["config"]) : ""});
  }
}

std::vector<Instance> FlyBackend::look() {
  list();
  std::vector<Instance> workers;
  int kept = 0;
  for (const Machine& machine : machines_) {
    const bool runs = !has_ended(machine.state) || started_.contains(machine.id);
    workers.push_back({machine.name, machine.id, !runs, runs ? "" : machine.cause});
    if (runs || is_gone(machine.state)) continue;
    if (is_kept(machine) && ++kept <= options_.keep_stopped) continue;
    if (allow("delete " + machine.id)) send("DELETE", fmt::format("/{}?force=true", machine.id));
  }
  return workers;
}

bool FlyBackend::is_kept(const Machine& machine) const {
  return machine.state == "stopped" && machine.config == digest_in(config_);
}

// A machine that was kept; nullopt when none can be started.
std::optional<std::string> FlyBackend::start_stopped() {
  for (const Machine& machine : machines_) {
    if (!is_kept(machine) || started_.contains(machine.id) || !allow("start " + machine.id)) continue;
    started_.insert(machine.id);  // or it is asked again and again
    try {
      if (send("POST", fmt::format("/{}/start", machine.id), "{}").is_success()) return machine.id;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unavailable) throw;
      return machine.id;  // perhaps; the next list tells
    }
  }
  return std::nullopt;
}

// nullopt with a refusal: there is no room in the region; without: not now.
std::optional<std::string> FlyBackend::create(const std::string& id, const std::string& region,
                                              std::string& refusal) {
  Json body;
  body["name"] = id;
  if (!region.empty()) body["region"] = region;
  body["config"] = config_;
  JsonApi::Answer response;
  try {
    response = send("POST", "", body.dump());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Unavailable) throw;
    return "";
  }
  if (response.status == too_many_requests) {
    budget_.exhaust("create", RequestBudget::Clock::now());
    return std::nullopt;
  }
  if (response.is_success()) {
    std::string machine = response.text("id");
    if (!machine.empty()) return machine;
  }
  if (is_without_room(response)) {
    refusal = fmt::format("{}: {}", region.empty() ? "any region" : region, reason(response));
    return std::nullopt;
  }
  // The name is taken, by a request whose answer was lost; or it failed, perhaps half-way.
  if (response.status == 409 || response.status == 408 || response.status >= 500) return "";
  throw Error(ErrorKind::Unavailable,
              fmt::format("create a machine in app \"{}\": {}", options_.app, reason(response)));
}

// Those that had room first, as they were given, then those that had none the longest time ago.
std::vector<std::string> FlyBackend::regions_to_ask() const {
  std::vector<std::string> regions = options_.regions;
  if (regions.empty()) regions.emplace_back();
  std::vector<std::pair<RequestBudget::Clock::time_point, std::size_t>> order;
  order.reserve(regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const auto refusal = refusals_.find(regions[i]);
    order.emplace_back(refusal == refusals_.end() ? RequestBudget::Clock::time_point() : refusal->second.at,
                       i);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::string> sorted;
  sorted.reserve(regions.size());
  for (const auto& [at, index] : order) sorted.push_back(regions[index]);
  return sorted;
}

// Why there is no room in any, as of late; empty where there may be in one.
std::string FlyBackend::refusals_of(const std::vector<std::string>& regions) const {
  constexpr std::chrono::seconds refusal_lasts{30};
  std::string all;
  for (const std::string& region : regions) {
    const auto refusal = refusals_.find(region);
    if (refusal == refusals_.end() || RequestBudget::Clock::now() - refusal->second.at > refusal_lasts)
      return "";
    all.append(all.empty() ? "" : "; ").append(refusal->second.reason);
  }
  return all;
}

std::optional<std::string> FlyBackend::start(const std::string& id) {
  if (auto machine = start_stopped()) return machine;
  const std::vector<std::string> regions = regions_to_ask();
  for (const std::string& region : regions) {
    if (!allow("create")) return std::nullopt;
    std::string refusal;
    auto machine = create(id, region, refusal);
    if (refusal.empty()) {
      if (machine) refusals_.erase(region);
      return machine;
    }
    refusals_[region] = {RequestBudget::Clock::now(), refusal};
    if (const std::string all = refusals_of(regions); !all.empty()) {
      throw Error(ErrorKind::Unavailable,
                  fmt::format("create a machine in app \"{}\": {}", options_.app, all));
    }
  }
  return std::nullopt;
}

void FlyBackend::remove(const Instance& worker) {
  const std::string& machine = worker.place;
  if (machine.empty()) return;  // it has none yet; one that appears is unknown
  if (!allow("delete " + machine)) return;
  const JsonApi::Answer response = send("DELETE", fmt::format("/{}?force=true", machine));
  if (response.is_success() || response.status == 404) return;
  throw Error(ErrorKind::Unavailable, fmt::format("delete machine {}: {}", machine, reason(response)));
}

}  // namespace heaters::elastic
