#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/prices.h"
#include "catalog/video.h"
#include "sidecar/worker_pool.h"
#include "stages/submit.h"
#include "storage/store.h"
#include "storage/workspace.h"
#include "web/access.h"
#include "web/request_counts.h"
#include "web/router.h"
#include "web/uploads.h"

namespace heaters::web {

enum class MediaDelivery {
  Here,     // read by this server, wherever it is stored
  Redirect  // to the store itself, by a presigned URL, where it has such
};

// What the operations of the API stand on; borrowed by them, outlives the server.
struct ApiServices {
  // For reading: shared by all requests.
  std::shared_ptr<storage::Store> store;
  // One that counts its own usage, for what is put.
  std::function<std::unique_ptr<storage::Store>()> open_store;
  storage::Workspace& workspace;
  Uploads& uploads;
  Access& access;
  RequestCounts& requests;
  // That models encode in.
  sidecar::WorkerPool& encoders;
  catalog::Prices prices;
  stages::SubmitOptions submit;
  // Of the worker that what this machine has at hand is given to first; none now: nullopt.
  std::function<std::optional<std::string>(db::Database&)> node_here;

  stages::SubmitOptions submit_options(db::Database& database) const;
  bool has_open_metrics = false;  // without a login
  MediaDelivery media = MediaDelivery::Here;
  std::string version;
  // Where what search built of a large library is kept; empty: nowhere.
  std::filesystem::path search_folder;
  std::stop_token stop;
};

// All operations, as openapi.json describes them. Each file of this folder named *_api.cpp makes some.
std::vector<Route> api_routes(ApiServices& services);

std::vector<Route> access_routes(ApiServices& services);
std::vector<Route> clip_routes(ApiServices& services);
std::vector<Route> export_routes(ApiServices& services);
std::vector<Route> job_routes(ApiServices& services);
std::vector<Route> media_routes(ApiServices& services);
std::vector<Route> review_routes(ApiServices& services);
std::vector<Route> system_routes(ApiServices& services);
std::vector<Route> upload_routes(ApiServices& services);
std::vector<Route> video_routes(ApiServices& services);

// The OpenAPI 3.1 document that describes them.
extern const char* const openapi_document;

}  // namespace heaters::web
