// A name that resolves to another address each time it is asked for.

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "fixtures/media_server.h"
#include "net/download.h"

namespace {

std::atomic<int> asked = 0;

}  // namespace

// In this program, the resolver of libcurl too. "rebinding.test" is 127.0.0.2 when it is asked for the first
// time, 127.0.0.1 the next, and so on.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (host != nullptr && std::string_view(host) == "rebinding.test")
    host = asked++ % 2 == 0 ? "127.0.0.2" : "127.0.0.1";
  return real(host, service, hints, found);
}

namespace heaters::net {
namespace {

TEST(Rebinding, TheAddressThatWasCheckedIsTheOneConnectedTo) {
  fixtures::MediaServer server({"127.0.0.1", "127.0.0.2"});
  const std::string content = server.put_bytes("a.bin", 1000);
  // One of the two may be connected to.
  const DownloadOptions options{.guard = AddressGuard({.allowed_networks = {"127.0.0.2"}})};
  const TemporaryDirectory directory;
  int fetched = 0;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    try {
      Download(options, {})
          .run("http://rebinding.test:" + std::to_string(server.port()) + "/files/a.bin",
               directory.path() / "a", [](auto) { return true; }, {});
      EXPECT_EQ(read_text_file(directory.path() / "a"), content);
      ++fetched;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("a loopback address"));
      ++refused;
    }
  }
  EXPECT_EQ(fetched, 10);
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(asked, 20) << "a second question could have had another answer";
  for (const auto& request : server.requests()) EXPECT_EQ(request.address, "127.0.0.2");
}

}  // namespace
}  // namespace heaters::net
