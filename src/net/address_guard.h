#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace heaters::net {

// Which addresses a download may connect to: those of the public internet. A URL comes from strangers, and
// must not reach what only this machine or its network can (SSRF): loopback, private, link-local and metadata
// addresses, whatever way a host name or a number spells them. Asked about the very address that is connected
// to, after the name was resolved, so that a name that resolves differently the next time gains nothing.
// Immutable, thread-safe.
class AddressGuard {
 public:
  struct Options {
    bool allow_private = false;                 // allows every address: for labs and tests
    std::vector<std::string> allowed_networks;  // "10.1.0.0/16", "fd00:1::/32"
  };

  // Everything but public addresses is refused.
  AddressGuard() : AddressGuard(Options()) {}
  // Throws InvalidInput naming a network that is none.
  explicit AddressGuard(const Options& options);

  // Why the address is refused, "a loopback address"; nullopt when it may be connected to. IPv4 and IPv6, and
  // IPv4 inside IPv6 (mapped, NAT64, 6to4); other families are refused.
  std::optional<std::string> refusal(const sockaddr& address) const;

  // Throws InvalidInput unless the URL's scheme is http or https and it names a host.
  static void check_scheme(const std::string& url);
  // For a proxy, which resolves names by itself: throws InvalidInput when the URL's host is, or resolves here
  // to, a refused address. Names that do not resolve here are the proxy's to judge.
  void check_host(const std::string& url) const;

  // The same rules for those who have to judge elsewhere (python/heaters_worker/address_guard.py): "refused",
  // networks with what they are; "allowed"; "embeddings", networks with where in them an IPv4 address is;
  // "allow_private".
  Json rules() const;

 private:
  struct Network {
    std::array<unsigned char, 16> bytes;  // IPv4 is mapped into ::ffff:0:0/96
    std::size_t prefix_bits;
    std::string what;

    static std::optional<Network> parse(const std::string& text, const std::string& what);
    bool contains(const std::array<unsigned char, 16>& address) const;
  };

  Options options_;
  std::vector<Network> allowed_;
};

// The URL that a Location header stands for. Throws InvalidInput when it is none.
std::string resolve_redirect(const std::string& base, const std::string& location);

}  // namespace heaters::net
