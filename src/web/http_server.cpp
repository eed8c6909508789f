#include "web/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "web/http_connection.h"

namespace heaters::web {

using asio::ip::tcp;

class HttpServer::Parts {
 public:
  Parts(const std::string& address, std::uint16_t port, const Site& site, const ServerLimits& limits)
      : services_(site, limits), strand_(asio::make_strand(io_)), acceptor_(strand_) {
    boost::system::error_code code;
    const auto ip = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, code);
    if (code)
      throw Error(ErrorKind::InvalidInput, fmt::format("listen on \"{}\": that is no address", address));
    const tcp::endpoint endpoint(ip, port);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    static_cast<void>(acceptor_.bind(endpoint, code));
    if (!code) static_cast<void>(acceptor_.listen(asio::socket_base::max_listen_connections, code));
    if (code) {
      throw Error(ErrorKind::Conflict,
                  fmt::format("listen on {} port {}: {}", address, port, code.message()));
    }
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run(const std::stop_token& stop) {
    asio::co_spawn(strand_, accept(), asio::detached);
    const std::stop_callback on_stop(stop, [this] { asio::post(strand_, [this] { begin_stop(); }); });
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(services_.limits.threads));
    for (int i = 1; i < services_.limits.threads; ++i) threads.emplace_back([this] { io_.run(); });
    io_.run();
    threads.clear();
    services_.work.join();
  }

 private:
  asio::awaitable<void> accept() {
    while (!services_.is_stopping) {
      // Each on a strand of its own: its handlers never run at the same time.
      tcp::socket socket(asio::make_strand(io_));
      boost::system::error_code code;
      co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, code));
      if (code == asio::error::operation_aborted) co_return;
      if (code) {
        // Out of descriptors: those that are open end some time.
        asio::steady_timer pause(strand_, std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, code));
        continue;
      }
      if (services_.connections >= services_.limits.most_connections) {
        refuse(socket);
        continue;
      }
      const auto connection = std::make_shared<HttpConnection>(std::move(socket), services_);
      remember(connection);
      connection->start();
    }
  }

  static void refuse(tcp::socket& socket) {
    static const std::string answer =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: "
        "close\r\n\r\n";
    boost::system::error_code ignored;
    static_cast<void>(socket.non_blocking(true, ignored));
    socket.write_some(asio::buffer(answer), ignored);
    static_cast<void>(socket.close(ignored));
  }

  void remember(const std::shared_ptr<HttpConnection>& connection) {
    connections_.push_back(connection);
    if (connections_.size() < forget_at_) return;
    std::erase_if(connections_, [](const auto& each) { return each.expired(); });
    forget_at_ = std::max<std::size_t>(64, 2 * connections_.size());
  }

  void begin_stop() {
    services_.is_stopping = true;
    boost::system::error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
    for (const auto& each : connections_) {
      if (const auto connection = each.lock()) connection->finish_soon();
    }
    asio::co_spawn(strand_, wait_for_connections(), asio::detached);
  }

  asio::awaitable<void> wait_for_connections() {
    const auto latest = std::chrono::steady_clock::now() + services_.limits.shutdown_grace;
    asio::steady_timer timer(strand_);
    while (services_.connections > 0 && std::chrono::steady_clock::now() < latest) {
      timer.expires_after(std::chrono::milliseconds(20));
      co_await timer.async_wait(asio::use_awaitable);
    }
    io_.stop();
  }

  ConnectionServices services_;
  asio::io_context io_;
  // Of accepting and stopping; what follows belongs to it.
  asio::strand<asio::io_context::executor_type> strand_;
  tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<HttpConnection>> connections_;
  std::size_t forget_at_ = 64;
};

HttpServer::HttpServer(const std::string& address, std::uint16_t port, const Site& site, ServerLimits limits)
    : parts_(std::make_unique<Parts>(address, port, site, limits)) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
  return parts_->port();
}

void HttpServer::run(const std::stop_token& stop) {
  parts_->run(stop);
}

}  // namespace heaters::web
