#include "web/http_connection.h"

#include <fmt/format.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <type_traits>

#include "base/ascii.h"
#include "base/error.h"
#include "base/log.h"
#include "base/trace.h"

namespace heaters::web {

namespace {

constexpr std::size_t upload_piece_bytes = std::size_t{1} << 20;
// Between two of them other connections of the thread get their turn.
constexpr std::size_t sendfile_bytes = std::size_t{1} << 20;
constexpr std::chrono::seconds event_heartbeat{15};

constexpr std::array<std::pair<const char*, const char*>, 6> safety_headers{
    {{"X-Content-Type-Options", "nosniff"},
     {"Referrer-Policy", "no-referrer"},
     {"X-Frame-Options", "DENY"},
     {"Cross-Origin-Opener-Policy", "same-origin"},
     {"Cross-Origin-Resource-Policy", "same-origin"},
     {"Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' "
      "blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
      "'none'"}}};

// Runs something that may wait on the work threads, and comes back with what it returned or threw.
template <typename Work>
asio::awaitable<std::invoke_result_t<Work>> on_work_thread(asio::thread_pool& pool, Work work) {
  using Result = std::invoke_result_t<Work>;
  auto coroutine = [](Work own) -> asio::awaitable<Result> { co_return own(); };
  co_return co_await asio::co_spawn(pool, coroutine(std::move(work)), asio::use_awaitable);
}

bool is_header_safe(std::string_view text) {
  return text.find_first_of("\r\n\0") == std::string_view::npos;
}

Request request_of(const RequestParser& parser, const std::string& remote_address) {
  const auto& message = parser.get();
  Request request;
  request.method = std::string(message.method_string());
  request.remote_address = remote_address;
  for (const auto& field : message) {
    const std::string name = lower_case(std::string(field.name_string()));
    std::string& value = request.headers[name];
    if (!value.empty()) value += name == "cookie" ? "; " : ", ";
    value += std::string(field.value());
  }
  request.trace = trace_of_traceparent(request.header("traceparent")).value_or(new_trace_id());
  return request;
}

}  // namespace

HttpConnection::HttpConnection(Socket socket, ConnectionServices& services)
    : socket_(std::move(socket)),
      services_(services),
      deadline_(socket_.get_executor()),
      news_(socket_.get_executor()) {
  boost::system::error_code code;
  remote_address_ = socket_.remote_endpoint(code).address().to_string();
  static_cast<void>(socket_.set_option(asio::ip::tcp::no_delay(true), code));
  static_cast<void>(socket_.native_non_blocking(true, code));
  services_.connections.fetch_add(1);
}

HttpConnection::~HttpConnection() {
  services_.connections.fetch_sub(1);
}

void HttpConnection::start() {
  set_deadline(services_.limits.header_timeout);
  const auto self = shared_from_this();
  const auto ignore = [self](const std::exception_ptr&) { self->close(); };
  asio::co_spawn(socket_.get_executor(), serve(), ignore);
  asio::co_spawn(socket_.get_executor(), watch_deadline(), [self](const std::exception_ptr&) {});
}

void HttpConnection::finish_soon() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->keeps_alive_ = false;
    if (self->is_waiting_) self->close();
  });
}

void HttpConnection::close() {
  if (!is_open_) return;
  is_open_ = false;
  boost::system::error_code ignored;
  static_cast<void>(socket_.close(ignored));
  deadline_.cancel();
  news_.cancel();
}

void HttpConnection::set_deadline(std::chrono::milliseconds from_now) {
  deadline_at_ = Clock::now() + from_now;
  // One that moves back is noticed when the timer ends at the old one.
  if (deadline_at_ < deadline_.expiry()) deadline_.cancel();
}

void HttpConnection::set_transfer_deadline(std::uint64_t bytes) {
  set_deadline(services_.limits.transfer_grace +
               std::chrono::milliseconds(bytes * 1000 / services_.limits.least_bytes_per_second));
}

asio::awaitable<void> HttpConnection::watch_deadline() {
  while (is_open_) {
    deadline_.expires_at(deadline_at_);
    boost::system::error_code code;
    co_await deadline_.async_wait(asio::redirect_error(asio::use_awaitable, code));
    if (Clock::now() >= deadline_at_) close();
  }
}

asio::awaitable<void> HttpConnection::serve() {
  while (keeps_alive_ && co_await serve_one()) {
    is_waiting_ = true;
    set_deadline(services_.limits.header_timeout);
  }
  if (is_open_) {
    // What the client still sends must not turn our last answer into a reset.
    boost::system::error_code code;
    static_cast<void>(socket_.shutdown(Socket::shutdown_send, code));
    set_deadline(std::chrono::seconds(2));
    std::array<char, 4096> rest{};
    std::size_t left = std::size_t{1} << 20;
    while (!code && left > 0) {
      const std::size_t got = co_await socket_.async_read_some(
          asio::buffer(rest), asio::redirect_error(asio::use_awaitable, code));
      left -= std::min(left, got);
    }
  }
  close();
}

// Whether the connection can go on.
asio::awaitable<bool> HttpConnection::serve_one() {
  RequestParser parser;
  parser.header_limit(services_.limits.most_header_bytes);
  parser.body_limit(boost::none);
  boost::system::error_code code;
  co_await http::async_read_header(socket_, buffer_, parser, asio::redirect_error(asio::use_awaitable, code));
  if (code == http::error::end_of_stream || !is_open_) co_return false;
  is_waiting_ = false;
  const auto began = Clock::now();
  Request request;
  Response response;
  if (code) {
    // A connection that broke is told nothing: nobody listens.
    if (code.category() != http::make_error_code(http::error::bad_method).category()) co_return false;
    keeps_alive_ = false;
    response = error_response(code == http::error::header_limit ? 431 : 400, "invalid_input",
                              "read the request: " + code.message());
  } else {
    keeps_alive_ = keeps_alive_ && parser.get().keep_alive() && !services_.is_stopping;
    request = request_of(parser, remote_address_);
    response = co_await answer(request, parser);
  }
  set_transfer_deadline(response.content_length().value_or(0));
  const std::chrono::duration<double> took = Clock::now() - began;
  services_.site.requests.add(response.status, took);
  if (is_logged(LogLevel::Debug)) {
    const TraceScope trace(request.trace);
    log(LogLevel::Debug, "web.request",
        {{"method", request.method},
         {"path", request.path},
         {"status", response.status},
         {"s", took.count()}});
  }
  co_await send(response, request.method == "HEAD");
  co_return is_open_;
}

// Never throws: what goes wrong is an answer too.
asio::awaitable<Response> HttpConnection::answer(Request& request, RequestParser& parser) {
  const bool has_body = parser.chunked() || parser.content_length_remaining().value_or(0) > 0;
  // A body that is not read would be taken for the next request.
  const auto refuse = [&](Response response) {
    if (has_body) keeps_alive_ = false;
    return response;
  };
  if (!parse_target(std::string_view(parser.get().target()), request)) {
    co_return refuse(error_response(400, "invalid_input", "read the request: its target is malformed"));
  }
  // Alive, whatever becomes of the database.
  if (request.path == "/healthz") co_return refuse(empty_response(200));
  if (const auto refusal = services_.site.access.refusal(request)) {
    co_return refuse(error_response(403, "forbidden", *refusal));
  }
  request.principal = services_.site.access.identify(request);
  const RouteMatch match = services_.site.router.match(request);
  const bool is_operation = !match.allowed_methods.empty() || request.path.starts_with("/api/");
  const bool is_read = request.method == "GET" || request.method == "HEAD";
  if (!is_operation && !is_read) {
    co_return refuse(
        error_response(405, "invalid_input", "only GET is allowed here").set("Allow", "GET, HEAD"));
  }
  if (!is_operation) co_return refuse(services_.site.assets.get(request));
  const bool is_public = match.route != nullptr && match.route->needs == Needs::Nothing;
  if (!request.principal && !is_public) {
    co_return refuse(error_response(401, "unauthorized", "log in first").set("WWW-Authenticate", "Bearer"));
  }
  if (match.route == nullptr && match.allowed_methods.empty()) {
    co_return refuse(error_response(404, "not_found", "there is nothing at this address"));
  }
  if (match.route == nullptr) {
    std::string allowed;
    for (const auto& method : match.allowed_methods)
      allowed.append(allowed.empty() ? "" : ", ").append(method);
    co_return refuse(
        error_response(405, "invalid_input", "this method is not allowed here").set("Allow", allowed));
  }
  if (match.route->needs == Needs::Admin && request.principal->role != Role::Admin) {
    co_return refuse(error_response(403, "forbidden", "this needs the role admin"));
  }
  if (match.route->receive) co_return co_await receive(*match.route, request, parser);
  if (match.route->handle_at_once && !has_body) {
    if (auto response = handle_at_once(*match.route, request)) co_return *std::move(response);
  }
  unsigned refusal = 0;
  if (has_body && !co_await read_body(request, parser, refusal)) {
    keeps_alive_ = false;
    co_return error_response(refusal, "invalid_input",
                             refusal == 413 ? "the body is too large" : "the body is malformed");
  }
  co_return co_await handle(*match.route, request);
}

std::optional<Response> HttpConnection::handle_at_once(const Route& route, const Request& request) {
  try {
    return route.handle_at_once(request);
  } catch (const std::exception& exception) {
    return error_response(exception);
  }
}

asio::awaitable<Response> HttpConnection::handle(const Route& route, Request& request) {
  auto work = [this, &route, &request] {
    const TraceScope trace(request.trace);
    try {
      const auto database = services_.site.connections.borrow();
      return route.handle(request, *database);
    } catch (const std::exception& exception) {
      return error_response(exception);
    }
  };
  // Nothing of ours can be late meanwhile: the client waits for us.
  set_deadline(std::chrono::hours(1));
  co_return co_await on_work_thread(services_.work, work);
}

asio::awaitable<void> HttpConnection::continue_if_expected(const RequestParser& parser) {
  const auto expect = parser.get().find(http::field::expect);
  if (expect == parser.get().end()) co_return;
  static const std::string answer = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await asio::async_write(socket_, asio::buffer(answer), asio::use_awaitable);
}

asio::awaitable<bool> HttpConnection::read_body(Request& request, RequestParser& parser, unsigned& refusal) {
  refusal = 413;
  if (parser.content_length_remaining().value_or(0) > services_.limits.most_body_bytes) co_return false;
  co_await continue_if_expected(parser);
  set_deadline(services_.limits.body_timeout);
  http::request_parser<http::string_body> with_body(std::move(parser));
  with_body.body_limit(services_.limits.most_body_bytes);
  boost::system::error_code code;
  co_await http::async_read(socket_, buffer_, with_body, asio::redirect_error(asio::use_awaitable, code));
  if (code) {
    refusal = code == http::error::body_limit ? 413 : 400;
    co_return false;
  }
  request.body = std::move(with_body.get().body());
  co_return true;
}

// The body of an upload, past the parser, which would copy it piece by piece.
asio::awaitable<Response> HttpConnection::receive(const Route& route, Request& request,
                                                  RequestParser& parser) {
  keeps_alive_ = false;
  if (parser.chunked())
    co_return error_response(411, "invalid_input", "the length of the body must be given");
  std::uint64_t left = parser.content_length_remaining().value_or(0);
  co_await continue_if_expected(parser);
  set_transfer_deadline(left);
  // Borrowed for as long as the body takes; uploads are few.
  std::optional<ConnectionPool::Borrowed> database;
  std::unique_ptr<BodySink> sink;
  std::string piece;
  auto open = [&] {
    const TraceScope trace(request.trace);
    database.emplace(services_.site.connections.borrow());
    sink = route.receive(request, **database);
    return true;
  };
  auto write = [&] {
    sink->write(piece);
    return true;
  };
  auto finish = [&] {
    const TraceScope trace(request.trace);
    return sink->finish();
  };
  try {
    co_await on_work_thread(services_.work, open);
    while (left > 0) {
      const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, upload_piece_bytes));
      piece.resize(wanted);
      std::size_t got = std::min(wanted, buffer_.size());
      asio::buffer_copy(asio::buffer(piece), buffer_.data(), got);
      buffer_.consume(got);
      boost::system::error_code code;
      if (got < wanted) {
        got += co_await asio::async_read(socket_, asio::buffer(piece.data() + got, wanted - got),
                                         asio::redirect_error(asio::use_awaitable, code));
      }
      piece.resize(got);
      left -= got;
      co_await on_work_thread(services_.work, write);
      // What came before the connection broke stays.
      if (code) co_return error_response(400, "invalid_input", "the body ended early");
    }
    set_deadline(std::chrono::hours(12));
    co_return co_await on_work_thread(services_.work, finish);
  } catch (const std::exception& exception) {
    co_return error_response(exception);
  }
}

std::string HttpConnection::header_text(const Response& response) const {
  std::string text =
      fmt::format("HTTP/1.1 {} {}\r\n", response.status,
                  std::string(http::obsolete_reason(static_cast<http::status>(response.status))));
  for (const auto& [name, value] : response.headers) {
    // A value that would be two headers is none.
    if (is_header_safe(name) && is_header_safe(value))
      text.append(name).append(": ").append(value).append("\r\n");
  }
  for (const auto& [name, value] : safety_headers)
    text.append(name).append(": ").append(value).append("\r\n");
  const bool has_no_body = response.status == 204 || response.status == 304;
  const auto length = response.content_length();
  if (length && !has_no_body) text += fmt::format("Content-Length: {}\r\n", *length);
  text += keeps_alive_ && length ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return text;
}

asio::awaitable<void> HttpConnection::send(const Response& response, bool is_head) {
  if (const auto* events = std::get_if<EventBody>(&response.body)) {
    keeps_alive_ = false;
    co_await stream_events(*events);
    co_return;
  }
  const std::string header = header_text(response);
  const auto* const text = std::get_if<std::string>(&response.body);
  const bool has_body = !is_head && response.status != 304;
  if (text != nullptr && has_body) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(header), asio::buffer(*text)};
    co_await asio::async_write(socket_, both, asio::use_awaitable);
    co_return;
  }
  co_await asio::async_write(socket_, asio::buffer(header), asio::use_awaitable);
  if (!has_body) co_return;
  if (const auto* file = std::get_if<FileBody>(&response.body)) co_await send_file(*file);
  if (const auto* pieces = std::get_if<PieceBody>(&response.body)) co_await send_pieces(*pieces);
}

asio::awaitable<void> HttpConnection::send_file(const FileBody& body) {
  auto at = static_cast<off_t>(body.span.begin);
  const auto end = static_cast<off_t>(body.span.end);
  while (at < end) {
    const auto wanted = std::min(sendfile_bytes, static_cast<std::size_t>(end - at));
    const ssize_t sent = ::sendfile(socket_.native_handle(), body.file->get(), &at, wanted);
    if (sent > 0) {
      co_await asio::post(socket_.get_executor(), asio::use_awaitable);
    } else if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      co_await socket_.async_wait(Socket::wait_write, asio::use_awaitable);
    } else {
      // The client is gone, or the file became shorter: only a broken connection can say so now.
      keeps_alive_ = false;
      close();
    }
    if (!is_open_) co_return;
  }
}

asio::awaitable<void> HttpConnection::send_pieces(const PieceBody& body) {
  std::uint64_t left = body.bytes;
  auto read = [&body] {
    try {
      return body.next();
    } catch (const std::exception& exception) {
      log(LogLevel::Warning, "web.read_failed", {{"error", to_error(exception).what()}});
      return std::string();
    }
  };
  while (left > 0) {
    const std::string piece = co_await on_work_thread(services_.work, read);
    if (piece.empty() || piece.size() > left) {
      keeps_alive_ = false;
      close();
      co_return;
    }
    left -= piece.size();
    set_transfer_deadline(piece.size());
    co_await asio::async_write(socket_, asio::buffer(piece), asio::use_awaitable);
  }
}

asio::awaitable<void> HttpConnection::stream_events(const EventBody& body) {
  struct Counted {
    std::atomic<int>& count;
    explicit Counted(std::atomic<int>& a_count) : count(a_count) { count.fetch_add(1); }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { count.fetch_sub(1); }
  };
  const Counted counted(services_.event_streams);
  if (services_.event_streams > services_.limits.most_event_streams) {
    co_await send(error_response(503, "exhausted", "too many listen already"), false);
    co_return;
  }
  Response response;
  response.body = body;
  response.set("Content-Type", "text/event-stream").set("Cache-Control", "no-store");
  // Retried soon: a client that was cut off wants to go on.
  const std::string header = header_text(response) + "retry: 1000\n\n";
  co_await asio::async_write(socket_, asio::buffer(header), asio::use_awaitable);
  const std::weak_ptr<HttpConnection> weak = shared_from_this();
  const auto subscription =
      services_.site.events.subscribe(body.last_event_id, [weak, executor = socket_.get_executor()] {
        asio::post(executor, [weak] {
          if (const auto self = weak.lock()) self->news_.cancel();
        });
      });
  is_waiting_ = true;
  while (is_open_ && !services_.is_stopping) {
    std::string text = subscription->take();
    if (text.empty()) {
      news_.expires_after(event_heartbeat);
      boost::system::error_code code;
      co_await news_.async_wait(asio::redirect_error(asio::use_awaitable, code));
      text = subscription->take();
      if (text.empty() && !code) text = ": still here\n\n";
    }
    set_transfer_deadline(text.size());
    if (!text.empty()) co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
  }
}

}  // namespace heaters::web
