#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "web/message.h"

namespace heaters::web {

// Somebody who may come in, and by what token.
struct TokenHolder {
  Principal principal;
  std::string token;
};

// Characters of the shortest token that is one.
inline constexpr std::size_t shortest_token = 16;

struct AccessOptions {
  // Empty: whoever reaches the server is `nobody`, an admin. Then the Host header must name this machine, so
  // that no page from elsewhere can point a name of its own here (DNS rebinding).
  std::vector<TokenHolder> holders;
  std::string nobody = "local";
  std::chrono::hours cookie_lifetime{24 * 30};
  bool is_cookie_secure = false;  // sent over HTTPS only
};

// Decides who a request is from, and whether it may write. Tokens are compared by their digests, in constant
// time. The cookie holds a name, an end and an HMAC made with the holder's token: it survives a restart, and
// ends when the token changes. Thread-safe.
class Access {
 public:
  using Clock = std::chrono::system_clock;

  explicit Access(AccessOptions options, std::function<Clock::time_point()> now = Clock::now);

  bool is_open() const { return options_.holders.empty(); }

  // Who sent it, by bearer token or cookie; nullopt: nobody we know.
  std::optional<Principal> identify(const Request& request) const;

  // Why a request is refused whoever sent it, nullopt when it is not: a Host that is not ours, or a write
  // from a page of another origin.
  std::optional<std::string> refusal(const Request& request) const;

  // The cookie to set for a token, nullopt when it is nobody's. `too_many` when the address has failed too
  // often: five times a minute, and a hundred times from all addresses together.
  struct Login {
    std::optional<std::string> cookie;
    std::optional<Principal> principal;
    std::optional<std::chrono::seconds> retry_after;
  };
  Login log_in(std::string_view token, const std::string& remote_address);
  std::string expired_cookie() const;

 private:
  struct Failures {
    int count = 0;
    Clock::time_point since;
  };

  const TokenHolder* find(std::string_view token) const;
  std::optional<Principal> identify_cookie(std::string_view cookie) const;
  std::string cookie_attributes(std::chrono::seconds max_age) const;
  std::optional<std::chrono::seconds> wait_for(const std::string& address);
  void note_failure(const std::string& address);

  AccessOptions options_;
  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::map<std::string, Failures> failures_;
};

// Whether a host, as it is bound to or named in a header (without its port), is this machine only.
bool is_loopback_host(std::string_view host);

}  // namespace heaters::web
