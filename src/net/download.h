#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "base/file.h"
#include "net/address_guard.h"
#include "net/http_client.h"

namespace heaters::net {

struct DownloadOptions {
  AddressGuard guard;
  std::string proxy;  // URL; empty: none, whatever the environment says
  std::uint64_t most_bytes = std::uint64_t{100} << 30;
  int most_redirects = 10;
  // Cut connections and failing answers in a row without a byte gained, before it is given up.
  int most_failures = 5;
  std::chrono::milliseconds first_backoff{500};  // doubles, with jitter
  std::chrono::seconds stall_timeout{30};
};

struct DownloadResult {
  bool is_wanted = false;  // what `wants` said; when it is false the file does not exist
  std::string url;         // after redirects
  int status = 0;
  std::uint64_t bytes = 0;
  int resumptions = 0;
};

// Fetches a file over HTTP. `wants` is given the first bytes, up to 64 KiB, and decides whether to go on:
// content is looked at, not what the server calls it. A connection that is cut is resumed by range, also by a
// later call with the same file: beside `file` stands "<file>.note" while it is not whole. The last bytes
// that were there are fetched again and compared, so that a resource that changed meanwhile is begun anew.
//
// Each redirect is checked as the first URL is; no credential goes along to another host. Throws NotFound
// (404, 410), InvalidInput (a refused address, too large, access refused, other 4xx) and Unavailable (5xx,
// 429 and their like with what Retry-After said, cut connections that stay cut, timeouts), Cancelled when
// stopped. What came until then stays for the next call, except when it is of no use.
class Download {
 public:
  using Wants = std::function<bool(std::span<const std::byte>)>;

  Download(DownloadOptions options, std::stop_token stop)
      : options_(std::move(options)), stop_(std::move(stop)) {}

  DownloadResult run(const std::string& url, const std::filesystem::path& file, const Wants& wants,
                     const std::function<void(std::uint64_t done, std::uint64_t expected)>& on_progress);

 private:
  class Transfer;

  DownloadOptions options_;
  std::stop_token stop_;
};

// The failure that an HTTP status other than 2xx stands for.
class StatusError : public Error {
 public:
  StatusError(const HttpResponse& response, const std::string& attempt);
  int status() const { return status_; }

 private:
  int status_;
};

}  // namespace heaters::net
