#include "net/address_guard.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/ascii.h"
#include "base/error.h"

namespace heaters::net {

namespace {

// An IPv6 address; IPv4 is mapped into ::ffff:0:0/96.
using Bytes = std::array<unsigned char, 16>;

constexpr std::size_t mapped_prefix_bits = 96;

Bytes mapped(const void* ipv4) {
  Bytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  std::memcpy(bytes.data() + 12, ipv4, 4);
  return bytes;
}

std::optional<Bytes> parse_address(const std::string& text) {
  in_addr ipv4{};
  if (::inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return mapped(&ipv4);
  Bytes ipv6{};
  if (::inet_pton(AF_INET6, text.c_str(), ipv6.data()) == 1) return ipv6;
  return std::nullopt;
}

}  // namespace

std::optional<AddressGuard::Network> AddressGuard::Network::parse(const std::string& text,
                                                                  const std::string& what) {
  const auto slash = text.find('/');
  const std::string address = text.substr(0, slash);
  const bool is_ipv4 = address.find(':') == std::string::npos;
  const auto bytes = parse_address(address);
  std::size_t bits = is_ipv4 ? 32 : 128;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    std::size_t given = 0;
    const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, given);
    if (error != std::errc() || stop != end || given > bits) return std::nullopt;
    bits = given;
  }
  if (!bytes) return std::nullopt;
  return Network{*bytes, bits + (is_ipv4 ? mapped_prefix_bits : 0), what};
}

bool AddressGuard::Network::contains(const Bytes& address) const {
  for (std::size_t bit = 0; bit < prefix_bits; ++bit) {
    const auto mask = static_cast<unsigned char>(0x80 >> (bit % 8));
    if ((bytes[bit / 8] & mask) != (address[bit / 8] & mask)) return false;
  }
  return true;
}

namespace {

// IANA's registries of special-purpose addresses, multicast, and the addresses of metadata services that lie
// outside of both.
const std::vector<std::pair<std::string, std::string>> refused = {
    {"0.0.0.0/8", "an address of this network"},
    {"10.0.0.0/8", "a private address"},
    {"100.64.0.0/10", "an address behind a carrier's NAT"},
    {"127.0.0.0/8", "a loopback address"},
    {"168.63.129.16/32", "a metadata service"},
    {"169.254.0.0/16", "a link-local address"},
    {"172.16.0.0/12", "a private address"},
    {"192.0.0.0/24", "a reserved address"},
    {"192.0.2.0/24", "an address for documentation"},
    {"192.88.99.0/24", "a reserved address"},
    {"192.168.0.0/16", "a private address"},
    {"198.18.0.0/15", "an address for benchmarks"},
    {"198.51.100.0/24", "an address for documentation"},
    {"203.0.113.0/24", "an address for documentation"},
    {"224.0.0.0/4", "a multicast address"},
    {"240.0.0.0/4", "a reserved address"},
    {"::/96", "a loopback or reserved address"},
    {"64:ff9b:1::/48", "a private address"},
    {"100::/64", "a reserved address"},
    {"2001::/23", "a reserved address"},
    {"2001:db8::/32", "an address for documentation"},
    {"3fff::/20", "an address for documentation"},
    {"5f00::/16", "a reserved address"},
    {"fc00::/7", "a private address"},
    {"fe80::/10", "a link-local address"},
    {"fec0::/10", "a private address"},
    {"ff00::/8", "a multicast address"},
};

// Where an IPv6 address holds an IPv4 address that it leads to.
struct Embedding {
  const char* network;
  std::size_t offset;  // of the four bytes
};
constexpr std::array embeddings = {Embedding{"64:ff9b::/96", 12}, Embedding{"2002::/16", 2}};

std::string host_of(const std::string& url) {
  std::string host;
  CURLU* const parsed = curl_url();
  char* part = nullptr;
  if (parsed != nullptr && curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &part, 0) == CURLUE_OK) {
    host = part;
    curl_free(part);
  }
  curl_url_cleanup(parsed);
  // "[::1]"
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

[[noreturn]] void refuse_url(const std::string& why) {
  throw Error(ErrorKind::InvalidInput, "open a URL: " + why);
}

}  // namespace

AddressGuard::AddressGuard(const Options& options) : options_(options) {
  for (const std::string& text : options.allowed_networks) {
    auto network = Network::parse(text, "");
    if (!network) {
      throw Error(ErrorKind::InvalidInput, fmt::format("allow the network \"{}\": it is none", text));
    }
    allowed_.push_back(*std::move(network));
  }
}

Json AddressGuard::rules() const {
  Json rules;
  rules["allow_private"] = options_.allow_private;
  rules["refused"] = Json::array();
  for (const auto& [network, what] : refused) rules["refused"].push_back(Json::array({network, what}));
  rules["allowed"] = options_.allowed_networks;
  rules["embeddings"] = Json::array();
  for (const auto& [network, offset] : embeddings)
    rules["embeddings"].push_back(Json::array({network, offset}));
  return rules;
}

std::optional<std::string> AddressGuard::refusal(const sockaddr& address) const {
  static const std::vector<Network> networks = [] {
    std::vector<Network> parsed;
    parsed.reserve(refused.size());
    for (const auto& [text, what] : refused) parsed.push_back(Network::parse(text, what).value());
    return parsed;
  }();
  if (options_.allow_private) return std::nullopt;
  Bytes bytes{};
  if (address.sa_family == AF_INET) {
    bytes = mapped(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  } else if (address.sa_family == AF_INET6) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
  } else {
    return "no internet address";
  }
  for (const auto& [network, offset] : embeddings) {
    if (Network::parse(network, "")->contains(bytes)) bytes = mapped(bytes.data() + offset);
  }
  const auto contains = [&](const Network& network) { return network.contains(bytes); };
  if (std::any_of(allowed_.begin(), allowed_.end(), contains)) return std::nullopt;
  const auto found = std::find_if(networks.begin(), networks.end(), contains);
  if (found == networks.end()) return std::nullopt;
  return found->what;
}

void AddressGuard::check_scheme(const std::string& url) {
  const std::string scheme = lower_case(url.substr(0, url.find(':')));
  if (scheme != "http" && scheme != "https") refuse_url("only http and https are opened");
  // Where parsers differ, one of them is deceived.
  const bool is_clean = std::all_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && c != '\\';
  });
  if (!is_clean || host_of(url).empty()) refuse_url("it is malformed");
}

void AddressGuard::check_host(const std::string& url) const {
  const std::string host = host_of(url);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    if (const auto why = refusal(*each->ai_addr)) refuse_url(fmt::format("\"{}\" is {}", host, *why));
  }
}

std::string resolve_redirect(const std::string& base, const std::string& location) {
  std::string resolved;
  CURLU* const parsed = curl_url();
  char* part = nullptr;
  if (parsed != nullptr && curl_url_set(parsed, CURLUPART_URL, base.c_str(), 0) == CURLUE_OK &&
      curl_url_set(parsed, CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE) ==
          CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_URL, &part, 0) == CURLUE_OK) {
    resolved = part;
    curl_free(part);
  }
  curl_url_cleanup(parsed);
  if (resolved.empty()) refuse_url("it leads to something malformed");
  return resolved;
}

}  // namespace heaters::net
