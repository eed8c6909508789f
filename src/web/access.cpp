#include "web/access.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/digest.h"
#include "base/percent.h"

namespace heaters::web {

namespace {

constexpr std::string_view cookie_name = "heaters=";
constexpr std::string_view all_addresses = "*";
constexpr int failures_per_address = 5;
constexpr int failures_of_all = 100;
constexpr std::chrono::seconds failure_window{60};

std::string seal(const TokenHolder& holder, std::string_view content) {
  const std::string digest = hmac_sha256("heaters cookie " + holder.token, content);
  return Digest::hex(std::as_bytes(std::span(digest)));
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool is_write(const Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

}  // namespace

bool is_loopback_host(std::string_view host) {
  const std::string name = lower_case(host);
  // Not any name that begins with "127.": that could be a domain.
  const bool is_number = name.find_first_not_of("0123456789.") == std::string::npos;
  return name == "localhost" || name == "[::1]" || name == "::1" || (is_number && name.starts_with("127."));
}

Access::Access(AccessOptions options, std::function<Clock::time_point()> now)
    : options_(std::move(options)), now_(std::move(now)) {}

const TokenHolder* Access::find(std::string_view token) const {
  const std::string digest = sha256_hex(token);
  const TokenHolder* found = nullptr;
  for (const TokenHolder& holder : options_.holders) {
    if (is_same_secret(sha256_hex(holder.token), digest)) found = &holder;
  }
  return found;
}

std::optional<Principal> Access::identify(const Request& request) const {
  if (is_open()) return Principal{options_.nobody, Role::Admin};
  const std::string authorization = request.header("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (lower_case(authorization.substr(0, scheme.size())) == scheme) {
    const TokenHolder* holder = find(trimmed(std::string_view(authorization).substr(scheme.size())));
    return holder == nullptr ? std::nullopt : std::optional(holder->principal);
  }
  std::string_view cookies = request.headers.contains("cookie")
                                 ? std::string_view(request.headers.at("cookie"))
                                 : std::string_view();
  while (!cookies.empty()) {
    const auto end = cookies.find(';');
    const std::string_view cookie = trimmed(cookies.substr(0, end));
    if (cookie.starts_with(cookie_name)) return identify_cookie(cookie.substr(cookie_name.size()));
    cookies = end == std::string_view::npos ? "" : cookies.substr(end + 1);
  }
  return std::nullopt;
}

// name.expiry.seal
std::optional<Principal> Access::identify_cookie(std::string_view cookie) const {
  const auto last = cookie.rfind('.');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view content = cookie.substr(0, last);
  const auto middle = content.rfind('.');
  if (middle == std::string_view::npos) return std::nullopt;
  std::int64_t expiry = 0;
  const std::string_view number = content.substr(middle + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), expiry);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  if (std::chrono::duration_cast<std::chrono::seconds>(now_().time_since_epoch()).count() >= expiry) {
    return std::nullopt;
  }
  const std::string name = percent_decoded(content.substr(0, middle));
  std::optional<Principal> found;
  for (const TokenHolder& holder : options_.holders) {
    const bool fits = is_same_secret(seal(holder, content), cookie.substr(last + 1));
    if (fits && holder.principal.name == name) found = holder.principal;
  }
  return found;
}

std::optional<std::string> Access::refusal(const Request& request) const {
  const std::string host = request.header("host");
  if (is_open() && !is_loopback_host(without_port(host))) {
    return fmt::format("without a token this server answers to names of this machine only, not to \"{}\"",
                       host);
  }
  if (!is_write(request)) return std::nullopt;
  const std::string origin = request.header("origin");
  const std::string site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return "the request comes from another site";
  if (!origin.empty() && origin != "http://" + host && origin != "https://" + host) {
    return "the request comes from a page of another origin";
  }
  // A browser that sends the cookie along says where the page is from; whoever does not is no browser, and
  // brings a token.
  const bool has_cookie = request.header("cookie").find(cookie_name) != std::string::npos;
  if (has_cookie && request.header("authorization").empty() && origin.empty() && site.empty()) {
    return "the request does not say which page it comes from";
  }
  return std::nullopt;
}

std::string Access::cookie_attributes(std::chrono::seconds max_age) const {
  return fmt::format("; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", max_age.count(),
                     options_.is_cookie_secure ? "; Secure" : "");
}

std::string Access::expired_cookie() const {
  return std::string(cookie_name) + cookie_attributes(std::chrono::seconds(0));
}

std::optional<std::chrono::seconds> Access::wait_for(const std::string& address) {
  const auto now = now_();
  std::erase_if(failures_, [&](const auto& each) { return now - each.second.since >= failure_window; });
  for (const auto& [key, most] :
       {std::pair{address, failures_per_address}, std::pair{std::string(all_addresses), failures_of_all}}) {
    const auto found = failures_.find(key);
    if (found == failures_.end() || found->second.count < most) continue;
    return std::chrono::ceil<std::chrono::seconds>(found->second.since + failure_window - now);
  }
  return std::nullopt;
}

void Access::note_failure(const std::string& address) {
  for (const std::string& key : {address, std::string(all_addresses)}) {
    Failures& failures = failures_[key];
    if (failures.count++ == 0) failures.since = now_();
  }
}

Access::Login Access::log_in(std::string_view token, const std::string& remote_address) {
  const std::lock_guard lock(mutex_);
  if (const auto wait = wait_for(remote_address)) return {std::nullopt, std::nullopt, wait};
  const TokenHolder* const holder = find(token);
  if (holder == nullptr) {
    note_failure(remote_address);
    return {};
  }
  const auto end = std::chrono::duration_cast<std::chrono::seconds>(
      (now_() + options_.cookie_lifetime).time_since_epoch());
  const std::string content = fmt::format("{}.{}", percent_encoded(holder->principal.name), end.count());
  return {fmt::format("{}{}.{}{}", cookie_name, content, seal(*holder, content),
                      cookie_attributes(options_.cookie_lifetime)),
          holder->principal, std::nullopt};
}

}  // namespace heaters::web
