// A server of files under load: clients that read ranges as fast as they get them, connections that send a
// byte a second, and one client of the API that is to notice neither. See bench/serving. Usage: serving_bench
// JSON
//   {"port", "media": target of the file, "bytes": its size, "clients", "drippers", "seconds",
//    "api": target that is asked beside them or null, "pid": whose memory is looked at or null}
// Prints one JSON object.

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "stopwatch.h"

namespace {

using namespace heaters;
using namespace std::chrono_literals;

constexpr std::size_t range_bytes = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::Unavailable, what);
}

FileDescriptor connect_to(int port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) fail("make a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail(fmt::format("connect to port {}: errno {}", port, errno));
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

void send_all(const FileDescriptor& socket, const std::string& text) {
  if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    fail("send a request");
  }
}

std::string request_text(const std::string& target, const std::string& more = {}) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", target, more);
}

// The length of the header in front of what was read, 0 while it is not whole.
std::size_t header_length(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  return end == std::string_view::npos ? 0 : end + 4;
}

std::size_t content_length(std::string_view header) {
  for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
    const auto at = header.find(name);
    if (at != std::string_view::npos) return std::strtoull(header.data() + at + name.size(), nullptr, 10);
  }
  fail("an answer without a length: " + std::string(header.substr(0, 200)));
}

// One client after the other's answer: how long each answer took.
std::vector<double> ask_api(int port, const std::string& target, Clock::time_point end) {
  std::vector<double> milliseconds;
  const FileDescriptor socket = connect_to(port);
  std::array<char, 65536> piece{};
  while (Clock::now() < end) {
    const auto began = Clock::now();
    send_all(socket, request_text(target));
    std::string answer;
    std::size_t whole = 0;
    while (whole == 0 || answer.size() < whole) {
      const ssize_t got = ::recv(socket.get(), piece.data(), piece.size(), 0);
      if (got <= 0) fail("the API hung up");
      answer.append(piece.data(), static_cast<std::size_t>(got));
      const std::size_t header = header_length(answer);
      if (whole == 0 && header > 0) whole = header + content_length(answer.substr(0, header));
    }
    if (!answer.starts_with("HTTP/1.1 200")) fail("the API answered " + answer.substr(0, 40));
    milliseconds.push_back(1000 * seconds_since(began));
    std::this_thread::sleep_for(5ms);
  }
  return milliseconds;
}

// Reads ranges on many connections at once.
class RangeClients {
 public:
  RangeClients(int port, std::string target, std::uint64_t file_bytes, int count)
      : target_(std::move(target)), file_bytes_(file_bytes), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    clients_.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      clients_.push_back({.socket = connect_to(port), .header = {}});
      epoll_event event{.events = EPOLLIN, .data = {.u32 = static_cast<std::uint32_t>(i)}};
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, clients_.back().socket.get(), &event);
    }
  }

  void run(Clock::time_point end) {
    for (auto& each : clients_) ask(each);
    std::array<epoll_event, 256> events{};
    while (Clock::now() < end) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) read(clients_[events[static_cast<std::size_t>(i)].data.u32]);
    }
  }

  Json result(double seconds) const {
    const auto [least, most] = std::ranges::minmax_element(clients_, std::ranges::less(), &Client::ranges);
    return {{"megabytes_per_second", static_cast<double>(bytes_) / 1e6 / seconds},
            {"ranges_per_client_least", least->ranges},
            {"ranges_per_client_most", most->ranges}};
  }

 private:
  struct Client {
    FileDescriptor socket;
    std::string header;
    std::size_t left = 0;  // of the body
    std::int64_t ranges = 0;
  };

  void ask(Client& client) {
    const std::uint64_t length = std::min<std::uint64_t>(range_bytes, file_bytes_);
    const std::uint64_t begin =
        std::uniform_int_distribution<std::uint64_t>(0, file_bytes_ - length)(random_);
    client.header.clear();
    client.left = 0;
    send_all(client.socket,
             request_text(target_, fmt::format("Range: bytes={}-{}\r\n", begin, begin + length - 1)));
  }

  void read(Client& client) {
    const ssize_t got = ::recv(client.socket.get(), piece_.data(), piece_.size(), 0);
    if (got <= 0) fail("a client of ranges was hung up on");
    auto size = static_cast<std::size_t>(got);
    if (client.left == 0) {
      client.header.append(piece_.data(), size);
      const std::size_t header = header_length(client.header);
      if (header == 0) return;
      if (!client.header.starts_with("HTTP/1.1 206"))
        fail("a range was answered " + client.header.substr(0, 200));
      client.left = content_length(client.header.substr(0, header));
      size = client.header.size() - header;
    }
    client.left -= std::min(client.left, size);
    bytes_ += size;
    if (client.left > 0) return;
    ++client.ranges;
    ask(client);
  }

  std::string target_;
  std::uint64_t file_bytes_;
  FileDescriptor epoll_;
  std::vector<Client> clients_;
  std::vector<char> piece_ = std::vector<char>(std::size_t{256} << 10);
  std::mt19937_64 random_{1};
  std::uint64_t bytes_ = 0;
};

// Connections that never finish a request; who is hung up on comes back.
int drip(int port, int count, Clock::time_point end) {
  std::vector<FileDescriptor> sockets(static_cast<std::size_t>(count));
  int hung_up = 0;
  for (auto next = Clock::now(); next < end; next += 1s) {
    std::this_thread::sleep_until(next);
    for (auto& each : sockets) {
      if (each.get() >= 0 && ::send(each.get(), "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) continue;
      if (each.get() >= 0) ++hung_up;
      each = connect_to(port);
      send_all(each, "GET / HTTP/1.1\r\nX-Slow: ");
    }
  }
  return hung_up;
}

// In MB, of a process.
double memory_of(int pid) {
  std::ifstream status(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  fail("read the memory of a process");
}

double percentile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values.at(static_cast<std::size_t>(part * static_cast<double>(values.size() - 1)));
}

Json run(const Json& plan) {
  const int port = plan.at("port");
  const auto length = std::chrono::seconds(plan.at("seconds").get<int>());
  RangeClients clients(port, plan.at("media"), plan.at("bytes"), plan.at("clients"));
  const auto begin = Clock::now();
  const auto end = begin + length;
  int hung_up = 0;
  double memory = 0;
  std::vector<double> api;
  {
    const std::jthread dripper([&] { hung_up = drip(port, plan.at("drippers"), end); });
    const std::jthread asker([&] {
      if (plan.at("api").is_string()) api = ask_api(port, plan.at("api"), end);
    });
    const std::jthread watcher([&] {
      while (plan.at("pid").is_number() && Clock::now() < end) {
        memory = std::max(memory, memory_of(plan.at("pid")));
        std::this_thread::sleep_for(100ms);
      }
    });
    clients.run(end);
  }
  Json result = clients.result(std::chrono::duration<double>(length).count());
  result["slow_connections_hung_up"] = hung_up;
  if (!api.empty()) {
    result["api"] = {{"answers", api.size()},
                     {"p50_ms", percentile(api, 0.5)},
                     {"p99_ms", percentile(api, 0.99)},
                     {"most_ms", percentile(api, 1)}};
  }
  if (memory > 0) result["memory_mb"] = memory;
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    fmt::print(stderr, "usage: serving_bench JSON\n");
    return 2;
  }
  fmt::print("{}\n", run(Json::parse(argv[1])).dump());
  return 0;
} catch (const std::exception& exception) {
  fmt::print(stderr, "serving_bench: {}\n", exception.what());
  return 1;
}
