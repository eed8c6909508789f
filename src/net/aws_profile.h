#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "net/sigv4.h"

namespace heaters::net {

// What AWS's own tools take from their surroundings.
struct AwsSettings {
  std::optional<Credentials> credentials;
  std::string region;    // empty: not set
  std::string endpoint;  // URL; empty: AWS itself
};

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION,
// AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL; what they leave open, from the profile AWS_PROFILE (or "default")
// of the files ~/.aws/credentials and ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE). Throws
// InvalidInput for a profile that is named and does not exist, and for half a pair of keys.
AwsSettings read_aws_settings(const Environment& environment);

}  // namespace heaters::net
