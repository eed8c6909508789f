#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "elastic/backend.h"
#include "elastic/json_api.h"
#include "elastic/request_budget.h"

namespace heaters::elastic {

// Workers as machines of Fly.io, by its Machines API (fly.io/docs/machines/api). A machine is named after its
// worker, found by its metadata, and is deleted when its worker has left; or, so many as are kept, is started
// again, which takes less time and another of Fly's budgets than making one. Requests stay below Fly's
// limits: one a second for each action, three at once.
class FlyBackend : public Backend {
 public:
  struct Options {
    std::string api = "https://api.machines.dev";
    std::string pool;
    std::string app;
    std::string token;  // secret
    std::string image;
    std::vector<std::string> regions;  // the first that has room; empty: as Fly chooses
    std::string cpu_kind = "performance";
    int cpus = 2;
    int memory_mb = 4096;
    int keep_stopped = 0;
    std::chrono::seconds stop_timeout{30};  // from Fly's SIGTERM to its SIGKILL
    std::vector<std::string> command;       // of a worker, which is told where it is by FLY_MACHINE_ID
    std::vector<std::pair<std::string, std::string>> environment;
  };

  explicit FlyBackend(Options options);

  std::optional<std::string> start(const std::string& id) override;  // the machine's id
  std::vector<Instance> look() override;
  void check() override { list(); }
  void remove(const Instance& worker) override;
  bool reuses_places() const override { return true; }

 private:
  struct Machine {
    std::string id;
    std::string name;
    std::string state;
    std::string cause;   // of its newest end
    std::string config;  // the digest of what it was made by
  };

  struct Refusal {
    RequestBudget::Clock::time_point at;
    std::string reason;
  };

  JsonApi::Answer send(const std::string& method, const std::string& path, const std::string& body = "");
  void list();
  bool allow(const std::string& action);
  std::optional<std::string> start_stopped();
  bool is_kept(const Machine& machine) const;
  std::string refusals_of(const std::vector<std::string>& regions) const;
  std::vector<std::string> regions_to_ask() const;
  std::optional<std::string> create(const std::string& id, const std::string& region, std::string& refusal);

  const Options options_;
  Json config_;  // of a machine; its digest is in its metadata
  JsonApi api_;
  RequestBudget budget_{0.9, 2};             // a little less than is allowed: requests bunch on their way
  std::vector<Machine> machines_;            // of the newest list
  std::map<std::string, Refusal> refusals_;  // by region: had no room
  std::set<std::string> started_;            // stopped ones that were started since
};

}  // namespace heaters::elastic
