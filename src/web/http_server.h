#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "web/access.h"
#include "web/assets.h"
#include "web/connection_pool.h"
#include "web/event_feed.h"
#include "web/request_counts.h"
#include "web/router.h"

namespace heaters::web {

struct ServerLimits {
  int threads = 2;               // that move bytes
  int work_threads = 4;          // that talk to database and store
  int most_connections = 4'000;  // more are answered with 503
  int most_event_streams = 500;
  std::uint64_t most_body_bytes = 1U << 20;  // of JSON
  std::uint32_t most_header_bytes = 16U << 10;
  // A request's header has to be whole so long after the answer before it, or the begin of the connection,
  // and its body so long after that; however slowly somebody sends, the end does not move.
  std::chrono::milliseconds header_timeout{20'000};
  std::chrono::milliseconds body_timeout{20'000};
  // What is sent, or received of an upload, has to move so fast on average, after the first grace.
  std::chrono::milliseconds transfer_grace{30'000};
  std::uint64_t least_bytes_per_second = 16U << 10;
  std::chrono::milliseconds shutdown_grace{10'000};
};

// What a server serves; borrowed, outlives it.
struct Site {
  const Router& router;
  const Access& access;
  const Assets& assets;
  ConnectionPool& connections;
  EventFeed& events;
  RequestCounts& requests;
};

// HTTP/1.1 on one address. Connections are coroutines on a few threads; whatever may wait for a database or a
// store runs on others. Files go out by sendfile. Throws Error InvalidInput when the address is none, and
// Conflict when somebody else has it.
class HttpServer {
 public:
  // Binds at once: the port is known, and answers, when this returns. Port 0: any that is free.
  HttpServer(const std::string& address, std::uint16_t port, const Site& site, ServerLimits limits);
  ~HttpServer();

  std::uint16_t port() const;

  // Until a stop is requested: then requests that were begun are answered, within the grace.
  void run(const std::stop_token& stop);

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace heaters::web
