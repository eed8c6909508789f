#include "storage/s3_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <thread>

#include "base/error.h"
#include "base/redaction.h"
#include "base/retry_wait.h"

namespace heaters::storage {

namespace {

constexpr const char* sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::chrono::milliseconds longest_backoff{5'000};

bool may_pass(int status) {
  return status >= 500 || status == 429 || status == 408;
}

// The codes of 400 that mean "again", as AWS's SDKs take them.
bool may_pass(const net::HttpResponse& response) {
  if (may_pass(response.status)) return true;
  const std::string code = response.status == 400 ? s3_error_code(response.body) : "";
  return code == "RequestTimeout" || code == "SlowDown" || code == "IncompleteBody";
}

// What an operator can mend (credentials, clocks, a missing bucket) and what the wire did (other bytes
// arrived) may pass: work that waits for it must not be given up.
ErrorKind kind_of(const net::HttpResponse& response) {
  const std::string code = s3_error_code(response.body);
  switch (response.status) {
    case 404:
      return code == "NoSuchBucket" ? ErrorKind::Unavailable : ErrorKind::NotFound;
    case 409:
    case 412:
      return ErrorKind::Conflict;
    case 507:
      return ErrorKind::Exhausted;
    case 400: {
      const bool is_request = code == "InvalidRequest" || code == "InvalidArgument" ||
                              code == "KeyTooLongError" || code == "EntityTooLarge" ||
                              code == "InvalidStorageClass";
      return is_request ? ErrorKind::InvalidInput : ErrorKind::Unavailable;
    }
    default:
      return ErrorKind::Unavailable;
  }
}

// scheme://host of an endpoint, which may have no path.
std::pair<std::string, std::string> split_endpoint(const std::string& endpoint) {
  const auto colon = endpoint.find("://");
  std::string host = colon == std::string::npos ? "" : endpoint.substr(colon + 3);
  while (host.ends_with('/')) host.pop_back();
  const std::string scheme = endpoint.substr(0, colon);
  const bool is_fine = (scheme == "http" || scheme == "https") && !host.empty() &&
                       host.find_first_of("/?#@ ") == std::string::npos;
  if (!is_fine) {
    throw Error(ErrorKind::InvalidInput,
                "use the store: its endpoint must be http:// or https:// and a host, no more");
  }
  return {scheme, host};
}

}  // namespace

std::string s3_error_code(const std::string& body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  return document.child("Error").child_value("Code");
}

std::string s3_error_text(const std::string& body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return "no reason given";
  const pugi::xml_node error = document.child("Error");
  const std::string code = error.child_value("Code");
  const std::string message = error.child_value("Message");
  if (code.empty()) return "no reason given";
  return message.empty() ? code : code + ": " + message;
}

S3Client::S3Client(S3Options options, std::shared_ptr<net::HttpPool> pool)
    : options_(std::move(options)), pool_(std::move(pool)), region_(options_.region) {
  if (!options_.endpoint.empty()) split_endpoint(options_.endpoint);
}

std::string S3Client::region() const {
  const std::lock_guard lock(mutex_);
  return region_;
}

net::SignedTarget S3Client::target(const S3Request& request) const {
  const bool is_aws = options_.endpoint.empty();
  const bool is_path = options_.addressing == S3Addressing::Path ||
                       (options_.addressing == S3Addressing::Auto &&
                        // A certificate for *.s3.amazonaws.com does not hold for a bucket with dots.
                        (!is_aws || options_.bucket.find('.') != std::string::npos));
  auto [scheme, host] =
      is_aws ? std::pair<std::string, std::string>("https", "s3." + region() + ".amazonaws.com")
             : split_endpoint(options_.endpoint);
  std::string path = "/";
  if (is_path) {
    path += options_.bucket;
    if (!request.key.empty()) path += "/" + request.key;
  } else {
    host = options_.bucket + "." + host;
    path += request.key;
  }
  return {request.method, scheme, host, path, request.query};
}

bool S3Client::learn_region(const net::HttpResponse& response) {
  std::string told = response.header("x-amz-bucket-region");
  if (told.empty() && response.status == 400) {
    pugi::xml_document document;
    if (document.load_buffer(response.body.data(), response.body.size())) {
      told = document.child("Error").child_value("Region");
    }
  }
  const std::lock_guard lock(mutex_);
  const bool is_new = (response.status == 301 || response.status == 307 || response.status == 400) &&
                      !told.empty() && told != region_;
  if (is_new) region_ = told;
  return is_new;
}

void S3Client::count(const std::string& method, const S3Request& request, const net::HttpTraffic& traffic) {
  const std::lock_guard lock(mutex_);
  usage_.bytes_sent += static_cast<std::int64_t>(traffic.sent);
  usage_.bytes_received += static_cast<std::int64_t>(traffic.received);
  if (method == "PUT" || method == "POST") ++usage_.put_requests;
  if (method == "HEAD") ++usage_.head_requests;
  if (method == "DELETE") ++usage_.delete_requests;
  // Listing the bucket, its uploads, or the parts of one is priced apart from reading an object.
  const bool is_listing =
      request.key.empty() || (!request.query.empty() && request.query.front().first == "uploadId");
  if (method == "GET") ++(is_listing ? usage_.list_requests : usage_.get_requests);
}

net::HttpResponse S3Client::send_once(const S3Request& request, net::HttpClient& client) {
  if (request.before_attempt) request.before_attempt();
  const net::SignedTarget where = target(request);
  const std::string sha256 = request.payload_sha256.empty() ? sha256_of_nothing : request.payload_sha256;
  const net::Signer signer(options_.credentials, region());
  net::HttpRequest http{.method = request.method,
                        .url = net::url_of(where),
                        .headers = signer.sign(where, request.headers, sha256, utc_now())};
  std::uint64_t sent = 0;
  if (request.file != nullptr) {
    http.body_bytes = request.length;
    http.body = [&](std::span<std::byte> buffer) {
      const auto left = std::min<std::uint64_t>(buffer.size(), request.length - sent);
      const std::size_t got =
          read_at(*request.file, buffer.first(left), request.offset + sent, *request.path);
      sent += got;
      if (request.on_sent) request.on_sent(sent);
      return got;
    };
  } else if (!request.text.empty()) {
    net::set_body(http, request.text);
  }
  http.on_data = request.on_data;
  http.connect_timeout = options_.connect_timeout;
  http.stall_timeout = options_.stall_timeout;
  http.stop = options_.stop;
  net::HttpTraffic traffic;
  try {
    net::HttpResponse response = client.send(http, traffic);
    count(request.method, request, traffic);
    return response;
  } catch (...) {
    count(request.method, request, traffic);
    throw;
  }
}

net::HttpResponse S3Client::send(const S3Request& request, const std::string& attempt,
                                 std::initializer_list<int> also_fine) {
  net::HttpPool::Borrowed borrowed(*pool_);
  for (int tries = 1;; ++tries) {
    const bool is_last = tries >= options_.most_attempts;
    try {
      net::HttpResponse response = send_once(request, borrowed.client());
      const bool is_fine = std::find(also_fine.begin(), also_fine.end(), response.status) != also_fine.end();
      if (is_fine || (response.status >= 200 && response.status < 300)) return response;
      if (!is_last && learn_region(response)) continue;
      if (is_last || !may_pass(response)) {
        const bool is_archived = s3_error_code(response.body) == "InvalidObjectState";
        throw Error(
            kind_of(response),
            fmt::format("{}: status {}, {}{}", attempt, response.status, s3_error_text(response.body),
                        is_archived ? "; it lies in an archive class and must be restored first" : ""));
      }
    } catch (const Error& error) {
      const bool is_ours = std::string_view(error.what()).starts_with(redacted(attempt));
      if (is_ours || error.kind() != ErrorKind::Unavailable) throw;
      if (is_last) throw Error(ErrorKind::Unavailable, fmt::format("{}: {}", attempt, error.what()));
      // What is wrong may be wrong with the connection.
      borrowed.client().forget_connections();
    }
    wait_before_retry(tries, options_.first_backoff, longest_backoff, options_.stop);
  }
}

std::string S3Client::presign(const std::string& key, std::chrono::seconds lifetime) {
  const net::Signer signer(options_.credentials, region());
  return signer.presign(target({.method = "GET", .key = key}), lifetime, utc_now());
}

StoreUsage S3Client::usage() const {
  const std::lock_guard lock(mutex_);
  return usage_;
}

}  // namespace heaters::storage
