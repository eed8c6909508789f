#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "app/commands.h"
#include "app/installed_folder.h"
#include "app/output.h"
#include "app/pool_runner.h"
#include "app/python_workers.h"
#include "base/error.h"
#include "base/log.h"
#include "web/api.h"
#include "web/assets.h"
#include "web/http_server.h"

namespace heaters::app {

namespace {

class Serving {
 public:
  Serving(const Config& config, const ServeArguments& arguments)
      : config_(config),
        arguments_(arguments),
        home_(Home::create(config)),
        access_({.holders = config.web.tokens, .is_cookie_secure = config.web.is_cookie_secure}),
        uploads_(config.home / "uploads",
                 {.most_bytes = static_cast<std::uint64_t>(config.web.most_upload_gib *
                                                           static_cast<double>(1ULL << 30))}),
        encoders_(encoder_pool_options(config)),
        connections_([this] { return home_->connect(); }),
        events_([this] { return home_->connect(); }),
        assets_(arguments.ui.empty() ? installed_folder("ui", HEATERS_UI_DIR) : arguments.ui) {}

  void run(const std::stop_token& stop) {
    std::stop_source all;
    const std::stop_callback forward(stop, [&all] { all.request_stop(); });
    const std::optional<PoolConfig> own = own_pool();
    std::optional<PoolRunner> pools;
    if (arguments_.is_working) pools.emplace(*home_, config_, all_pools(own));
    web::ApiServices services{.store = home_->open_store(all.get_token()),
                              .open_store = [this, &all] { return home_->open_store(all.get_token()); },
                              .workspace = home_->workspace(),
                              .uploads = uploads_,
                              .access = access_,
                              .requests = requests_,
                              .encoders = encoders_,
                              .prices = config_.prices,
                              .submit = {.shots = config_.ingest.shots, .affinity = config_.jobs.affinity},
                              .node_here =
                                  [&own](db::Database& database) {
                                    return own ? running_node(database, own->settings.name) : std::nullopt;
                                  },
                              .has_open_metrics = config_.web.has_open_metrics,
                              .media = config_.web.media,
                              .version = HEATERS_VERSION,
                              .search_folder = config_.home / "search",
                              .stop = all.get_token()};
    const web::Router router(web::api_routes(services));
    const std::string address = arguments_.address.value_or(config_.web.address);
    web::HttpServer server(address, static_cast<std::uint16_t>(arguments_.port.value_or(config_.web.port)),
                           {router, access_, assets_, connections_, events_, requests_}, {});
    const std::string host = address.find(':') == std::string::npos ? address : "[" + address + "]";
    print(fmt::format("http://{}:{}\n", host, server.port()));
    log(LogLevel::Info, "serve.started",
        {{"address", address}, {"port", server.port()}, {"store", home_->store->name()}});
    server.run(all.get_token());
    pools.reset();
    log(LogLevel::Info, "serve.stopped");
  }

 private:
  std::optional<PoolConfig> own_pool() const {
    if (!arguments_.is_working) return std::nullopt;
    return servers_own_pool(arguments_.queues.empty() ? config_.queues : parse_queue_sizes(arguments_.queues),
                            config_);
  }

  std::vector<PoolConfig> all_pools(const std::optional<PoolConfig>& own) const {
    std::vector<PoolConfig> pools = config_.pools;
    if (own) pools.push_back(*own);
    return pools;
  }

  const Config& config_;
  const ServeArguments& arguments_;
  std::unique_ptr<Home> home_;
  web::Access access_;
  web::RequestCounts requests_;
  web::Uploads uploads_;
  sidecar::WorkerPool encoders_;
  web::ConnectionPool connections_;
  web::EventFeed events_;
  web::Assets assets_;
};

}  // namespace

int run_serve(const Config& config, const ServeArguments& arguments, const std::stop_token& stop) {
  const std::string address = arguments.address.value_or(config.web.address);
  if (config.web.tokens.empty() && !web::is_loopback_host(address)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("listen on {}: others can reach it, so a token is needed; set HEATERS_TOKEN or "
                            "web.tokens",
                            address));
  }
  // sendfile() knows no other way to be told that a client is gone.
  std::signal(SIGPIPE, SIG_IGN);
  Serving(config, arguments).run(stop);
  return 0;
}

}  // namespace heaters::app
