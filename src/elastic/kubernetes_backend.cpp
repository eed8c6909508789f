#include "elastic/kubernetes_backend.h"

#include <fmt/format.h>

#include <utility>

#include "base/ascii.h"
#include "base/error.h"
#include "base/file.h"

namespace heaters::elastic {

namespace {

constexpr const char* pool_label = "heaters/pool";

std::string told(const JsonApi::Answer& answer) {
  const std::string message = answer.text("message");
  return fmt::format("HTTP {}{}{}", answer.status, message.empty() ? "" : ": ", message);
}

// The state of the pod's only container: {"waiting": {...}}, {"running": {...}} or {"terminated": {...}}.
Json container_state(const Json& pod) {
  return pod.value("/status/containerStatuses/0/state"_json_pointer, Json::object());
}

std::string end_of_pod(const Json& pod) {
  const Json state = container_state(pod);
  if (!state.contains("terminated")) {
    // The node was drained, had no memory, or is gone.
    const std::string evicted = pod.value("/status/reason"_json_pointer, std::string());
    return evicted.empty() ? "ended" : fmt::format("ended: {}", evicted);
  }
  const Json& terminated = state["terminated"];
  const std::string why = text_at(terminated, "reason");
  if (why == "OOMKilled") return "killed: out of memory (OOMKilled)";
  const int code = terminated.value("exitCode", 0);
  return code == 0 ? "ended" : fmt::format("ended with exit code {}{}{}", code, why.empty() ? "" : ": ", why);
}

// "ImagePullBackOff", "Unschedulable"
std::string cause_of_waiting(const Json& pod) {
  const Json state = container_state(pod);
  if (state.contains("waiting")) return text_at(state["waiting"], "reason");
  for (const Json& condition : pod.value("/status/conditions"_json_pointer, Json::array())) {
    if (text_at(condition, "type") == "PodScheduled" && text_at(condition, "status") == "False")
      return text_at(condition, "reason");
  }
  return "";
}

}  // namespace

KubernetesBackend::KubernetesBackend(Options options)
    : options_(std::move(options)),
      api_({.url = options_.api,
            .token = [this] { return std::string(trimmed(read_text_file(options_.token_file))); },
            .ca_file = options_.ca_file}) {}

std::string KubernetesBackend::jobs_path() const {
  return fmt::format("/apis/batch/v1/namespaces/{}/jobs", options_.pod_namespace);
}

const KubernetesBackend::Owner& KubernetesBackend::owner() {
  if (owner_) return *owner_;
  if (options_.owner_pod.empty()) return owner_.emplace();
  const auto answer = api_.send(
      "GET", fmt::format("/api/v1/namespaces/{}/pods/{}", options_.pod_namespace, options_.owner_pod));
  if (!answer.is_success()) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("find pod {} of this controller: {}", options_.owner_pod, told(answer)));
  }
  return owner_.emplace(Owner{
      .uid = answer.body.value("/metadata/uid"_json_pointer, std::string()),
      .image = answer.body.value("/spec/containers/0/image"_json_pointer, std::string()),
      .pull_secrets = answer.body.value("/spec/imagePullSecrets"_json_pointer, Json()),
      .pod_security = answer.body.value("/spec/securityContext"_json_pointer, Json()),
      .container_security = answer.body.value("/spec/containers/0/securityContext"_json_pointer, Json())});
}

Json KubernetesBackend::container(const std::string& id) {
  Json container;
  container["name"] = "worker";
  container["image"] = options_.image.empty() ? owner().image : options_.image;
  container["command"] = options_.command;
  container["command"].push_back(id);
  container["env"] = Json::array();
  for (const auto& [name, value] : options_.environment)
    container["env"].push_back({{"name", name}, {"value", value}});
  if (!options_.secret.empty()) {
    Json source;
    source["secretRef"]["name"] = options_.secret;
    container["envFrom"] = Json::array({source});
  }
  // As its owner is confined, in places of its own to write to.
  if (!owner().container_security.empty()) container["securityContext"] = owner().container_security;
  container["volumeMounts"] = Json::array(
      {{{"name", "home"}, {"mountPath", "/var/lib/heaters"}}, {{"name", "tmp"}, {"mountPath", "/tmp"}}});
  container["resources"] = Json::object();
  if (!options_.cpu.empty()) container["resources"]["requests"]["cpu"] = options_.cpu;
  if (!options_.memory.empty()) {
    container["resources"]["requests"]["memory"] = options_.memory;
    container["resources"]["limits"]["memory"] = options_.memory;
  }
  return container;
}

Json KubernetesBackend::job(const std::string& id) {
  Json labels;
  labels[pool_label] = options_.pool;
  Json job;
  job["apiVersion"] = "batch/v1";
  job["kind"] = "Job";
  job["metadata"]["name"] = id;
  job["metadata"]["labels"] = labels;
  if (!owner().uid.empty()) {
    job["metadata"]["ownerReferences"] = Json::array(
        {{{"apiVersion", "v1"}, {"kind", "Pod"}, {"name", options_.owner_pod}, {"uid", owner().uid}}});
  }
  job["spec"]["backoffLimit"] = 0;
  job["spec"]["ttlSecondsAfterFinished"] = options_.kept_after_end.count();
  Json& pod = job["spec"]["template"];
  pod["metadata"]["labels"] = labels;
  pod["spec"]["restartPolicy"] = "Never";
  pod["spec"]["terminationGracePeriodSeconds"] = options_.stop_timeout.count();
  if (!options_.service_account.empty()) pod["spec"]["serviceAccountName"] = options_.service_account;
  // Of the cluster's API it needs nothing.
  pod["spec"]["automountServiceAccountToken"] = false;
  if (!owner().pull_secrets.empty()) pod["spec"]["imagePullSecrets"] = owner().pull_secrets;
  if (!owner().pod_security.empty()) pod["spec"]["securityContext"] = owner().pod_security;
  pod["spec"]["volumes"] = Json::array(
      {{{"name", "home"}, {"emptyDir", Json::object()}}, {{"name", "tmp"}, {"emptyDir", Json::object()}}});
  pod["spec"]["containers"] = Json::array({container(id)});
  return job;
}

std::optional<std::string> KubernetesBackend::start(const std::string& id) {
  const std::string body = job(id).dump();
  JsonApi::Answer answer;
  try {
    answer = api_.send("POST", jobs_path(), body);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Unavailable) throw;
    return "";
  }
  // The name is taken by a request whose answer was lost.
  if (answer.is_success() || answer.text("reason") == "AlreadyExists") return id;
  if (answer.status == 429) return std::nullopt;
  if (answer.status >= 500) return "";
  const bool is_quota =
      answer.status == 403 && answer.text("message").find("exceeded quota") != std::string::npos;
  const bool may_pass = is_quota || answer.status == 408 || answer.status == 409;
  throw Error(may_pass ? ErrorKind::Unavailable : ErrorKind::InvalidInput,
              fmt::format("create a job in namespace {}: {}", options_.pod_namespace, told(answer)));
}

std::vector<Instance> KubernetesBackend::look() {
  const auto answer =
      api_.send("GET", fmt::format("/api/v1/namespaces/{}/pods?labelSelector=heaters%2Fpool%3D{}",
                                   options_.pod_namespace, options_.pool));
  if (!answer.is_success() || !answer.body.is_object() || !answer.body.contains("items")) {
    throw Error(
        answer.status == 401 || answer.status == 403 ? ErrorKind::InvalidInput : ErrorKind::Unavailable,
        fmt::format("list the pods of namespace {}: {}", options_.pod_namespace, told(answer)));
  }
  std::vector<Instance> workers;
  for (const Json& pod : answer.body["items"]) {
    const std::string name = pod.value("/metadata/labels/job-name"_json_pointer, std::string());
    if (name.empty()) continue;
    const std::string phase = pod.value("/status/phase"_json_pointer, std::string());
    const bool has_ended = phase == "Succeeded" || phase == "Failed";
    // What is being deleted is gone in a moment, and no other's.
    if (pod["metadata"].contains("deletionTimestamp") && !has_ended) continue;
    workers.push_back({name, name, has_ended, has_ended ? end_of_pod(pod) : cause_of_waiting(pod)});
  }
  return workers;
}

void KubernetesBackend::remove(const Instance& worker) {
  if (worker.place.empty()) return;
  const auto answer = api_.send(
      "DELETE",
      fmt::format("{}/{}?propagationPolicy=Background&gracePeriodSeconds=0", jobs_path(), worker.place));
  if (answer.is_success() || answer.status == 404) return;
  throw Error(ErrorKind::Unavailable, fmt::format("delete job {}: {}", worker.place, told(answer)));
}

}  // namespace heaters::elastic
