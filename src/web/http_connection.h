#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <optional>
#include <string>

#include "web/http_server.h"

namespace heaters::web {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Socket = asio::ip::tcp::socket;
using RequestParser = http::request_parser<http::empty_body>;

// What the connections of a server share.
struct ConnectionServices {
  Site site;
  ServerLimits limits;
  asio::thread_pool work;
  std::atomic<bool> is_stopping = false;
  std::atomic<int> connections = 0;
  std::atomic<int> event_streams = 0;

  ConnectionServices(const Site& a_site, const ServerLimits& a_limits)
      : site(a_site), limits(a_limits), work(static_cast<std::size_t>(a_limits.work_threads)) {}
};

// One connection: requests and their answers, one after the other, until either side ends it. Everything here
// runs on the connection's own strand, but for what it sends to the work threads.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // The socket's executor is a strand.
  HttpConnection(Socket socket, ConnectionServices& services);
  ~HttpConnection();

  void start();
  // From any thread: ends the connection when its answer is out, or at once when there is none to wait for.
  void finish_soon();

 private:
  using Clock = std::chrono::steady_clock;

  asio::awaitable<void> serve();
  asio::awaitable<bool> serve_one();
  asio::awaitable<void> watch_deadline();
  void set_deadline(std::chrono::milliseconds from_now);
  // The deadline of a transfer of so many bytes.
  void set_transfer_deadline(std::uint64_t bytes);
  void close();

  asio::awaitable<Response> answer(Request& request, RequestParser& parser);
  asio::awaitable<Response> handle(const Route& route, Request& request);
  static std::optional<Response> handle_at_once(const Route& route, const Request& request);
  asio::awaitable<Response> receive(const Route& route, Request& request, RequestParser& parser);
  asio::awaitable<bool> read_body(Request& request, RequestParser& parser, unsigned& refusal);
  asio::awaitable<void> continue_if_expected(const RequestParser& parser);

  asio::awaitable<void> send(const Response& response, bool is_head);
  asio::awaitable<void> send_file(const FileBody& body);
  asio::awaitable<void> send_pieces(const PieceBody& body);
  asio::awaitable<void> stream_events(const EventBody& body);
  std::string header_text(const Response& response) const;

  Socket socket_;
  ConnectionServices& services_;
  beast::flat_buffer buffer_;
  asio::steady_timer deadline_;
  asio::steady_timer news_;
  Clock::time_point deadline_at_;
  std::string remote_address_;
  bool keeps_alive_ = true;
  bool is_waiting_ = true;  // for a request, or for events
  bool is_open_ = true;
};

}  // namespace heaters::web
