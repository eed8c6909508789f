#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "net/http_client.h"

namespace heaters::net {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty: none
};

// What is signed: a request to an S3-compatible service.
struct SignedTarget {
  std::string method;
  std::string scheme;                                      // "https"
  std::string host;                                        // with the port when it is not the scheme's
  std::string path;                                        // not encoded; begins with a slash
  std::vector<std::pair<std::string, std::string>> query;  // not encoded
};

// AWS Signature Version 4 for S3
// (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html): no normalisation of the
// path, one encoding.
class Signer {
 public:
  Signer(Credentials credentials, std::string region, std::string service = "s3")
      : credentials_(std::move(credentials)), region_(std::move(region)), service_(std::move(service)) {}

  // The headers to send: those given and Host, x-amz-date, x-amz-content-sha256, the token if any, and
  // Authorization. `payload_sha256` is in hexadecimal, or "UNSIGNED-PAYLOAD".
  HttpHeaders sign(const SignedTarget& target, const HttpHeaders& headers, const std::string& payload_sha256,
                   UtcTime now) const;

  // A URL that anybody may use for so long, a week at most.
  std::string presign(const SignedTarget& target, std::chrono::seconds lifetime, UtcTime now) const;

 private:
  std::string scope(const std::string& day) const;
  std::string signature(const std::string& canonical_request, const std::string& time) const;

  Credentials credentials_;
  std::string region_;
  std::string service_;
};

// The URL of a target, with everything encoded as it is signed.
std::string url_of(const SignedTarget& target);

}  // namespace heaters::net
