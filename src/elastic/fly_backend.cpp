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

}  // namespace

FlyBackend::FlyBackend(Options options)
    : options_(std::move(options)),
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

void FlyBackend::list(const std::string& pool) {
  if (!allow("list")) return;
  const JsonApi::Answer response = send("GET", "?metadata.heaters_pool=" + pool);
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
                         cause_of_end(each),
                         each.value("/config/metadata/heaters_config"_json_pointer, std::string())});
  }
}

std::vector<Instance> FlyBackend::look(const std::string& pool) {
  list(pool);
  std::vector<Instance> workers;
  int kept = 0;
  for (const Machine& machine : machines_) {
    const bool runs = !has_ended(machine.state) || started_.contains(machine.id);
    workers.push_back({machine.name, machine.id, !runs, runs ? "" : machine.cause});
    if (runs || is_gone(machine.state)) continue;
    if (is_kept(machine, pool) && ++kept <= options_.keep_stopped) continue;
    if (allow("delete " + machine.id)) send("DELETE", fmt::format("/{}?force=true", machine.id));
  }
  return workers;
}

// One of another version is of no use.
bool FlyBackend::is_kept(const Machine& machine, const std::string& pool) const {
  return machine.state == "stopped" && machine.config == config_digest(pool);
}

// A machine that was kept; nullopt when none can be started.
std::optional<std::string> FlyBackend::start_stopped(const std::string& pool) {
  for (const Machine& machine : machines_) {
    if (!is_kept(machine, pool) || started_.contains(machine.id) || !allow("start " + machine.id)) continue;
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

// Of all that a machine of the pool is made by.
std::string FlyBackend::config_digest(const std::string& pool) const {
  const std::string text = machine_config(pool).dump();
  return sha256_hex(text);
}

Json FlyBackend::machine_config(const std::string& pool) const {
  Json config;
  config["image"] = options_.image;
  config["init"]["cmd"] = options_.command;
  config["guest"] = {
      {"cpu_kind", options_.cpu_kind}, {"cpus", options_.cpus}, {"memory_mb", options_.memory_mb}};
  config["auto_destroy"] = false;  // how it ended is to be seen; look() deletes it
  config["restart"]["policy"] = "no";
  config["services"] = Json::array();
  config["metadata"]["heaters_pool"] = pool;
  config["stop_config"] = {{"signal", "SIGTERM"},
                           {"timeout", fmt::format("{}s", options_.stop_timeout.count())}};
  config["env"] = Json::object();
  for (const auto& [name, value] : options_.environment) config["env"][name] = value;
  return config;
}

// nullopt with a refusal: there is no room in the region; without: not now.
std::optional<std::string> FlyBackend::create(const WorkerRequest& request, const std::string& region,
                                              std::string& refusal) {
  Json body;
  body["name"] = request.id;
  if (!region.empty()) body["region"] = region;
  body["config"] = machine_config(request.pool);
  body["config"]["metadata"]["heaters_config"] = config_digest(request.pool);
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
    std::string id = response.text("id");
    if (!id.empty()) return id;
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

// Those that had room first, then those that had none the longest time ago.
std::vector<std::string> FlyBackend::regions_to_ask() const {
  std::vector<std::string> regions = options_.regions;
  if (regions.empty()) regions.emplace_back();
  const auto refused_at = [&](const std::string& region) {
    const auto found = refusals_.find(region);
    return found == refusals_.end() ? RequestBudget::Clock::time_point() : found->second.at;
  };
  // Few, and in the order given where nothing is known.
  for (std::size_t i = 1; i < regions.size(); ++i) {
    for (std::size_t j = i; j > 0 && refused_at(regions[j]) < refused_at(regions[j - 1]); --j)
      std::swap(regions[j], regions[j - 1]);
  }
  return regions;
}

std::optional<std::string> FlyBackend::start(const WorkerRequest& request) {
  if (auto machine = start_stopped(request.pool)) return machine;
  constexpr std::chrono::seconds refusal_lasts{30};
  const std::vector<std::string> regions = regions_to_ask();
  for (const std::string& region : regions) {
    if (!allow("create")) return std::nullopt;
    std::string refusal;
    auto machine = create(request, region, refusal);
    if (refusal.empty()) {
      if (machine) refusals_.erase(region);
      return machine;
    }
    refusals_[region] = {RequestBudget::Clock::now(), refusal};
    std::string all;
    const bool is_anywhere_else = std::any_of(regions.begin(), regions.end(), [&](const std::string& other) {
      const auto found = refusals_.find(other);
      if (found == refusals_.end() || RequestBudget::Clock::now() - found->second.at > refusal_lasts)
        return true;
      all += (all.empty() ? "" : "; ") + found->second.reason;
      return false;
    });
    if (!is_anywhere_else)
      throw Error(ErrorKind::Unavailable,
                  fmt::format("create a machine in app \"{}\": {}", options_.app, all));
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
