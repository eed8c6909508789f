#include "net/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/percent.h"

namespace heaters::net {

namespace {

// "20261124T085202Z"
std::string compact(UtcTime time) {
  std::string text = format_utc(time).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> parts;
  parts.reserve(query.size());
  for (const auto& [name, value] : query) parts.emplace_back(percent_encoded(name), percent_encoded(value));
  // By name, not by the whole text: "-" sorts before "=".
  std::sort(parts.begin(), parts.end());
  std::string text;
  for (const auto& [name, value] : parts)
    text.append(text.empty() ? "" : "&").append(name).append("=").append(value);
  return text;
}

// Sorted, lower case; returns the block and the list of names.
std::pair<std::string, std::string> canonical_headers(const HttpHeaders& headers) {
  HttpHeaders sorted;
  sorted.reserve(headers.size());
  for (const auto& [name, value] : headers) sorted.emplace_back(lower_case(name), value);
  std::sort(sorted.begin(), sorted.end());
  std::string block;
  std::string names;
  for (const auto& [name, value] : sorted) {
    block.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  }
  return {block, names};
}

}  // namespace

std::string url_of(const SignedTarget& target) {
  const std::string query = canonical_query(target.query);
  return target.scheme + "://" + target.host + percent_encoded(target.path, "/") +
         (query.empty() ? "" : "?" + query);
}

std::string Signer::scope(const std::string& day) const {
  return day + "/" + region_ + "/" + service_ + "/aws4_request";
}

std::string Signer::signature(const std::string& canonical_request, const std::string& time) const {
  const std::string day = time.substr(0, 8);
  const std::string text =
      "AWS4-HMAC-SHA256\n" + time + "\n" + scope(day) + "\n" + sha256_hex(canonical_request);
  const std::string of_day = hmac_sha256("AWS4" + credentials_.secret_access_key, day);
  const std::string key = hmac_sha256(hmac_sha256(hmac_sha256(of_day, region_), service_), "aws4_request");
  const std::string signature = hmac_sha256(key, text);
  return Digest::hex(std::as_bytes(std::span(signature)));
}

HttpHeaders Signer::sign(const SignedTarget& target, const HttpHeaders& headers,
                         const std::string& payload_sha256, UtcTime now) const {
  const std::string time = compact(now);
  HttpHeaders signed_headers = headers;
  signed_headers.emplace_back("Host", target.host);
  signed_headers.emplace_back("x-amz-date", time);
  signed_headers.emplace_back("x-amz-content-sha256", payload_sha256);
  if (!credentials_.session_token.empty()) {
    signed_headers.emplace_back("x-amz-security-token", credentials_.session_token);
  }
  const auto [block, names] = canonical_headers(signed_headers);
  const std::string request = target.method + "\n" + percent_encoded(target.path, "/") + "\n" +
                              canonical_query(target.query) + "\n" + block + "\n" + names + "\n" +
                              payload_sha256;
  signed_headers.emplace_back(
      "Authorization",
      fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                  credentials_.access_key_id, scope(time.substr(0, 8)), names, signature(request, time)));
  return signed_headers;
}

std::string Signer::presign(const SignedTarget& target, std::chrono::seconds lifetime, UtcTime now) const {
  const std::string time = compact(now);
  SignedTarget url = target;
  url.query.emplace_back("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  url.query.emplace_back("X-Amz-Credential", credentials_.access_key_id + "/" + scope(time.substr(0, 8)));
  url.query.emplace_back("X-Amz-Date", time);
  url.query.emplace_back("X-Amz-Expires", std::to_string(lifetime.count()));
  url.query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials_.session_token.empty())
    url.query.emplace_back("X-Amz-Security-Token", credentials_.session_token);
  const std::string request = target.method + "\n" + percent_encoded(target.path, "/") + "\n" +
                              canonical_query(url.query) + "\nhost:" + target.host +
                              "\n\nhost\nUNSIGNED-PAYLOAD";
  // Not part of what is signed, and so the last.
  return url_of(url) + "&X-Amz-Signature=" + signature(request, time);
}

}  // namespace heaters::net
