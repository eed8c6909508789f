#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "net/address_guard.h"

namespace heaters::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of several the last
  std::string body;                            // at most 1 MiB when it is not asked for by on_data
  std::string header(const std::string& name) const;
  // What a Retry-After header says, at most a day; nullopt without one.
  std::optional<std::chrono::seconds> retry_after() const;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;
  // The body, asked for piece by piece: fills the buffer and returns how many bytes; may throw. Empty: no
  // body.
  std::function<std::size_t(std::span<std::byte>)> body;
  std::uint64_t body_bytes = 0;
  // Called once, before the first byte of a 2xx answer's body; may throw.
  std::function<void(const HttpResponse&)> on_head;
  // Gets the body of a 2xx answer piece by piece; may throw. Empty: HttpResponse::body gets it.
  std::function<void(std::span<const std::byte>)> on_data;
  std::chrono::milliseconds connect_timeout{10'000};
  // Fails when fewer than 1000 bytes a second moved for so long.
  std::chrono::seconds stall_timeout{30};
  std::stop_token stop;
  // For URLs of strangers: only what it allows is connected to; anything else throws InvalidInput. Not
  // together with a proxy, whose own address is the one connected to. nullptr: any address.
  const AddressGuard* guard = nullptr;
  // nullopt: as the environment says; empty: none.
  std::optional<std::string> proxy;
  // Certificates of who vouches for servers, PEM; empty: the system's.
  std::string ca_file;
};

// Makes a text, which must outlive the sending, the request's body.
void set_body(HttpRequest& request, std::string_view text);

// Bytes that an exchange moved, heads included.
struct HttpTraffic {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

// One connection at a time to HTTP servers, kept open between requests. Follows no redirect. Not thread-safe.
// A request that got no whole answer throws Unavailable (InvalidInput when it never could: a malformed URL, a
// certificate that is not to be trusted), a stopped one Cancelled; any status that came is a value.
// Exceptions of the callbacks come through.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `traffic` is added to, whether or not the request succeeds.
  HttpResponse send(const HttpRequest& request, HttpTraffic& traffic);
  // The same, but nothing of an earlier request's connections is used: for the retry after a failure.
  void forget_connections();

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// Clients for several threads; each is used by one at a time and keeps its connections. Thread-safe.
class HttpPool {
 public:
  class Borrowed {
   public:
    explicit Borrowed(HttpPool& pool) : pool_(pool), client_(pool.take()) {}
    ~Borrowed() { pool_.give_back(std::move(client_)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    HttpClient& client() { return *client_; }

   private:
    HttpPool& pool_;
    std::unique_ptr<HttpClient> client_;
  };

 private:
  std::unique_ptr<HttpClient> take();
  void give_back(std::unique_ptr<HttpClient> client);

  std::mutex mutex_;
  std::vector<std::unique_ptr<HttpClient>> idle_;
};

}  // namespace heaters::net
