#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "elastic/backend.h"
#include "elastic/json_api.h"

namespace heaters::elastic {

// Workers as Jobs of Kubernetes with one pod each (kubernetes.io/docs/concepts/workloads/controllers/job). A
// job is named after its worker, found by its label, never tried again by Kubernetes, and deleted by it some
// time after its end, or with the controller's own pod where that owns it.
class KubernetesBackend : public Backend {
 public:
  struct Options {
    std::string pool;
    std::string api;         // "https://10.0.0.1:443"
    std::string token_file;  // read for each request: clusters change tokens
    std::string ca_file;
    std::string pod_namespace;
    std::string owner_pod;  // the controller's, of this namespace; empty: none owns the jobs
    std::string image;      // empty: as the controller's pod
    std::string service_account;
    std::string secret;  // whose entries are the environment of workers; empty: none
    std::string cpu;     // "2"; empty: as the cluster has it
    std::string memory;  // "4Gi": more ends a worker
    std::chrono::seconds stop_timeout{30};
    std::chrono::seconds kept_after_end{300};
    std::vector<std::string> command;  // of a worker, before its id
    std::vector<std::pair<std::string, std::string>> environment;
  };

  explicit KubernetesBackend(Options options);

  std::optional<std::string> start(const std::string& id) override;  // the job's name
  std::vector<Instance> look() override;
  void check() override { look(); }
  void remove(const Instance& worker) override;

 private:
  struct Owner {
    std::string uid;
    std::string image;
    Json pull_secrets;  // as in its own specification; null: none
    Json pod_security;
    Json container_security;
  };

  const Owner& owner();
  Json job(const std::string& id);
  Json container(const std::string& id);
  std::string jobs_path() const;

  const Options options_;
  JsonApi api_;
  std::optional<Owner> owner_;
};

}  // namespace heaters::elastic
