#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/http_client.h"
#include "net/sigv4.h"
#include "storage/store.h"

namespace heaters::storage {

enum class S3Addressing {
  Auto,         // virtual hosts for AWS itself, paths for other endpoints
  Path,         // https://endpoint/bucket/key
  VirtualHost,  // https://bucket.endpoint/key
};

struct S3Options {
  std::string bucket;
  std::string prefix;    // before every key; empty or ending in a slash
  std::string endpoint;  // URL; empty: AWS in the region
  std::string region = "us-east-1";
  net::Credentials credentials;
  S3Addressing addressing = S3Addressing::Auto;
  std::string storage_class;  // empty: the bucket's default

  std::uint64_t multipart_threshold = std::uint64_t{64} << 20;  // bytes; larger files go in parts
  std::uint64_t part_bytes = std::uint64_t{16} << 20;
  int parallel_parts = 4;
  int most_attempts = 6;  // of one request
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds stall_timeout{30};
  // Where uploads in parts are noted, so that they go on after a crash; empty: they do not.
  std::filesystem::path resume_folder;
  // Ends requests, and the waits between their repetitions, with Cancelled.
  std::stop_token stop;
};

// One request to S3, and what came of it.
struct S3Request {
  std::string method;
  std::string key;  // with the prefix; empty: the bucket
  std::vector<std::pair<std::string, std::string>> query;
  net::HttpHeaders headers;
  // The body: bytes [offset, offset + length) of a file, or a text.
  const FileDescriptor* file = nullptr;
  const std::filesystem::path* path = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string text;
  std::string payload_sha256;  // in hexadecimal; of nothing when empty
  // Called with the bytes sent so far; starts anew when the request is repeated.
  ByteProgress on_sent;
  std::function<void(std::span<const std::byte>)> on_data;
  std::function<void()> before_attempt;
};

// Signed requests to one bucket, repeated while that may help: on 5xx and 429, timeouts and lost connections,
// with exponential backoff and full jitter (aws.amazon.com/builders-library/timeouts-retries-and-backoff). A
// bucket that says it is in another region is asked again there. Thread-safe.
class S3Client {
 public:
  S3Client(S3Options options, std::shared_ptr<net::HttpPool> pool);

  // The answer to a request that succeeded, or had one of the statuses in `also_fine`. Throws as Store does;
  // `attempt` is for messages.
  net::HttpResponse send(const S3Request& request, const std::string& attempt,
                         std::initializer_list<int> also_fine = {});

  std::string presign(const std::string& key, std::chrono::seconds lifetime);

  const S3Options& options() const { return options_; }
  StoreUsage usage() const;

 private:
  net::SignedTarget target(const S3Request& request) const;
  net::HttpResponse send_once(const S3Request& request, net::HttpClient& client);
  void count(const std::string& method, const S3Request& request, const net::HttpTraffic& traffic);
  std::string region() const;
  // Whether the answer told of another region, which is then used.
  bool learn_region(const net::HttpResponse& response);

  S3Options options_;
  std::shared_ptr<net::HttpPool> pool_;
  mutable std::mutex mutex_;
  std::string region_;
  StoreUsage usage_;
};

// The <Code> and <Message> of an error document, for messages: "NoSuchKey: The key does not exist".
std::string s3_error_text(const std::string& body);
std::string s3_error_code(const std::string& body);

}  // namespace heaters::storage
