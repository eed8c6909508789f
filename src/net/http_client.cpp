#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <exception>

#include "base/ascii.h"

namespace heaters::net {

namespace {

constexpr std::size_t most_body = std::size_t{1} << 20;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void initialise_once() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) throw Error(ErrorKind::Internal, "initialise libcurl");
}

// What the callbacks of one request share. No exception leaves them: it is kept and thrown afterwards.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response;
  std::exception_ptr failure;
  std::string refusal;  // of an address, by the guard
  bool is_head_told = false;

  template <typename Action>
  bool guarded(Action action) noexcept {
    if (failure) return false;
    try {
      action();
      return true;
    } catch (...) {
      failure = std::current_exception();
      return false;
    }
  }
};

std::size_t give_body(char* buffer, std::size_t size, std::size_t count, void* data) {
  auto& exchange = *static_cast<Exchange*>(data);
  std::size_t given = 0;
  const bool is_ok = exchange.guarded(
      [&] { given = exchange.request.body(std::span(reinterpret_cast<std::byte*>(buffer), size * count)); });
  return is_ok ? given : CURL_READFUNC_ABORT;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& exchange = *static_cast<Exchange*>(data);
  const std::size_t length = size * count;
  const bool is_wanted =
      exchange.request.on_data && exchange.response.status >= 200 && exchange.response.status < 300;
  const bool is_ok = exchange.guarded([&] {
    if (is_wanted) {
      if (exchange.request.on_head && !exchange.is_head_told) exchange.request.on_head(exchange.response);
      exchange.is_head_told = true;
      exchange.request.on_data(std::span(reinterpret_cast<const std::byte*>(bytes), length));
    } else if (exchange.response.body.size() + length <= most_body) {
      exchange.response.body.append(bytes, length);
    } else if (exchange.response.status >= 200 && exchange.response.status < 300) {
      throw Error(ErrorKind::Unavailable, "the answer is longer than it may be");
    }
  });
  return is_ok ? length : 0;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& exchange = *static_cast<Exchange*>(data);
  const std::string_view line(bytes, size * count);
  exchange.guarded([&] {
    if (line.starts_with("HTTP/")) {
      // A head of its own follows "100 Continue".
      exchange.response.headers.clear();
      const auto space = line.find(' ');
      if (space != std::string_view::npos) exchange.response.status = std::atoi(line.data() + space + 1);
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      exchange.response.headers[lower_case(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
    }
  });
  return exchange.failure ? 0 : size * count;
}

int look_at_progress(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(data)->request.stop.stop_requested() ? 1 : 0;
}

// The address is checked that is connected to, after the name was resolved.
curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(data);
  const bool is_allowed = exchange.guarded([&] {
    if (const auto why = exchange.request.guard->refusal(address->addr)) exchange.refusal = *why;
  });
  // After one refused address no other of the same name is tried.
  if (!is_allowed || !exchange.refusal.empty()) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Scheme, host and path: what is after the question mark may hold a signature.
std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

}  // namespace

struct HttpClient::Handle {
  CURL* easy = nullptr;
  bool is_fresh = false;  // the next request opens a new connection

  Handle() : easy(curl_easy_init()) {
    if (easy == nullptr) throw Error(ErrorKind::Exhausted, "make an HTTP client");
  }
  ~Handle() { curl_easy_cleanup(easy); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <typename Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
      throw Error(ErrorKind::Internal, fmt::format("set an option of libcurl: {}", curl_easy_strerror(code)));
    }
  }
};

void set_body(HttpRequest& request, std::string_view text) {
  request.body_bytes = text.size();
  request.body = [left = text](std::span<std::byte> buffer) mutable {
    const auto bytes = std::as_bytes(std::span(left)).first(std::min(buffer.size(), left.size()));
    std::ranges::copy(bytes, buffer.begin());
    left.remove_prefix(bytes.size());
    return bytes.size();
  };
}

HttpClient::HttpClient() {
  initialise_once();
  handle_ = std::make_unique<Handle>();
}

HttpClient::~HttpClient() = default;

void HttpClient::forget_connections() {
  handle_->is_fresh = true;
}

namespace {

HeaderList header_list(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw Error(ErrorKind::Exhausted, "make the head of a request");
    // The head stays the same from the second on.
    [[maybe_unused]] curl_slist* const head = list.release();
    list.reset(longer);
  };
  for (const auto& [name, value] : request.headers) {
    std::string line = name;
    line.append(value.empty() ? ";" : ": ").append(value);
    add(line);
  }
  // No wait for "100 Continue", and none of the headers that libcurl makes up.
  add("Expect:");
  add("Accept:");
  if (request.body) add("Content-Type:");
  return list;
}

std::uint64_t amount(CURL* easy, CURLINFO info) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, info, &value);
  return static_cast<std::uint64_t>(std::max<curl_off_t>(value, 0));
}

std::uint64_t long_amount(CURL* easy, CURLINFO info) {
  long value = 0;
  curl_easy_getinfo(easy, info, &value);
  return static_cast<std::uint64_t>(std::max(value, 0L));
}

// Most failures pass; these do not.
ErrorKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return ErrorKind::InvalidInput;
    default:
      return ErrorKind::Unavailable;
  }
}

}  // namespace

HttpResponse HttpClient::send(const HttpRequest& request, HttpTraffic& traffic) {
  Exchange exchange{.request = request, .response = {}, .failure = {}, .refusal = {}};
  const HeaderList headers = header_list(request);
  Handle& curl = *handle_;
  // Keeps the connections.
  curl_easy_reset(curl.easy);
  curl.set(CURLOPT_URL, request.url.c_str());
  curl.set(CURLOPT_PROTOCOLS_STR, "http,https");
  // The path is signed as it is: nothing may be tidied up.
  curl.set(CURLOPT_PATH_AS_IS, 1L);
  if (!request.ca_file.empty()) curl.set(CURLOPT_CAINFO, request.ca_file.c_str());
  curl.set(CURLOPT_HTTPHEADER, headers.get());
  curl.set(CURLOPT_NOSIGNAL, 1L);
  curl.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl.set(CURLOPT_LOW_SPEED_LIMIT, 1000L);
  curl.set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stall_timeout.count()));
  curl.set(CURLOPT_TCP_KEEPALIVE, 1L);
  curl.set(CURLOPT_BUFFERSIZE, 256L * 1024);
  curl.set(CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
  curl.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl.set(CURLOPT_FRESH_CONNECT, curl.is_fresh ? 1L : 0L);
  curl.is_fresh = false;
  curl.set(CURLOPT_WRITEFUNCTION, &take_body);
  curl.set(CURLOPT_WRITEDATA, &exchange);
  curl.set(CURLOPT_HEADERFUNCTION, &take_header);
  curl.set(CURLOPT_HEADERDATA, &exchange);
  curl.set(CURLOPT_NOPROGRESS, 0L);
  curl.set(CURLOPT_XFERINFOFUNCTION, &look_at_progress);
  curl.set(CURLOPT_XFERINFODATA, &exchange);
  if (request.proxy) {
    curl.set(CURLOPT_PROXY, request.proxy->c_str());
    curl.set(CURLOPT_NOPROXY, "");  // nor what the environment says of it
  }
  if (request.guard != nullptr) {
    curl.set(CURLOPT_OPENSOCKETFUNCTION, &open_socket);
    curl.set(CURLOPT_OPENSOCKETDATA, &exchange);
  }
  if (request.body) {
    curl.set(CURLOPT_UPLOAD, 1L);
    curl.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body_bytes));
    curl.set(CURLOPT_READFUNCTION, &give_body);
    curl.set(CURLOPT_READDATA, &exchange);
  } else if (request.method == "HEAD") {
    curl.set(CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST" || request.method == "PUT") {
    curl.set(CURLOPT_POST, 1L);
    curl.set(CURLOPT_POSTFIELDSIZE, 0L);
  }
  curl.set(CURLOPT_CUSTOMREQUEST, request.method.c_str());

  const CURLcode code = curl_easy_perform(curl.easy);
  traffic.sent += amount(curl.easy, CURLINFO_SIZE_UPLOAD_T) + long_amount(curl.easy, CURLINFO_REQUEST_SIZE);
  traffic.received +=
      amount(curl.easy, CURLINFO_SIZE_DOWNLOAD_T) + long_amount(curl.easy, CURLINFO_HEADER_SIZE);
  if (exchange.failure) std::rethrow_exception(exchange.failure);
  if (!exchange.refusal.empty()) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{} {}: refused, it leads to {}", request.method,
                                                     without_query(request.url), exchange.refusal));
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) {
    throw Error(ErrorKind::Cancelled,
                fmt::format("{} {}: stopped", request.method, without_query(request.url)));
  }
  if (code != CURLE_OK) {
    throw Error(kind_of(code), fmt::format("{} {}: {}", request.method, without_query(request.url),
                                           curl_easy_strerror(code)));
  }
  return std::move(exchange.response);
}

std::optional<std::chrono::seconds> HttpResponse::retry_after() const {
  const std::string text = header("retry-after");
  std::int64_t seconds = -1;
  const char* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, seconds);
      error != std::errc() || stop != end) {
    const std::time_t at = curl_getdate(text.c_str(), nullptr);
    seconds = at < 0 ? -1 : std::max<std::int64_t>(0, at - std::time(nullptr));
  }
  constexpr std::int64_t longest = 24 * 60 * 60;
  if (seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, longest));
}

std::string HttpResponse::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

std::unique_ptr<HttpClient> HttpPool::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<HttpClient>();
  auto client = std::move(idle_.back());
  idle_.pop_back();
  return client;
}

void HttpPool::give_back(std::unique_ptr<HttpClient> client) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(client));
}

}  // namespace heaters::net
