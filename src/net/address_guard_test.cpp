#include "net/address_guard.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "base/error.h"
#include "net/http_client.h"

namespace heaters::net {
namespace {

std::optional<std::string> refusal(const AddressGuard& guard, const std::string& address) {
  sockaddr_storage storage{};
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr), 1) << address;
    storage.ss_family = AF_INET6;
  }
  return guard.refusal(reinterpret_cast<const sockaddr&>(storage));
}

TEST(AddressGuard, AdmitsPublicAddresses) {
  for (const char* address : {"1.1.1.1",
                              "8.8.8.8",
                              "9.255.255.255",
                              "11.0.0.0",
                              "100.63.255.255",
                              "100.128.0.0",
                              "126.255.255.255",
                              "128.0.0.1",
                              "151.101.1.140",
                              "169.253.255.255",
                              "169.255.0.0",
                              "172.15.255.255",
                              "172.32.0.0",
                              "192.167.255.255",
                              "192.169.0.0",
                              "198.17.255.255",
                              "198.20.0.0",
                              "223.255.255.255",
                              "2606:4700::1111",
                              "2a00:1450:4001:82a::200e",
                              "2001:4860:4860::8888",
                              "64:ff9b::808:808",
                              "2002:808:808::1",
                              "::ffff:8.8.8.8"}) {
    EXPECT_EQ(refusal({}, address), std::nullopt) << address;
  }
}

TEST(AddressGuard, RefusesEverythingElse) {
  for (const char* address : {"0.0.0.0",
                              "0.255.255.255",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.100.100.200",
                              "127.0.0.1",
                              "127.255.255.254",
                              "168.63.129.16",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.192",
                              "192.168.1.1",
                              "198.18.0.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::7f00:1",
                              "::ffff:127.0.0.1",
                              "::ffff:a9fe:a9fe",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe",
                              "2002:7f00:1::",
                              "2002:a00:1::1",
                              "2001::1",
                              "2001:db8::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1"}) {
    EXPECT_TRUE(refusal({}, address)) << address;
  }
  EXPECT_EQ(refusal({}, "169.254.169.254"), "a link-local address");
}

TEST(AddressGuard, NetworksCanBeAllowed) {
  const AddressGuard lab({.allowed_networks = {"10.1.0.0/16", "127.0.0.2", "fd00:1::/32"}});
  EXPECT_FALSE(refusal(lab, "10.1.2.3"));
  EXPECT_FALSE(refusal(lab, "::ffff:10.1.2.3"));
  EXPECT_FALSE(refusal(lab, "127.0.0.2"));
  EXPECT_FALSE(refusal(lab, "fd00:1::9"));
  EXPECT_TRUE(refusal(lab, "10.2.0.1"));
  EXPECT_TRUE(refusal(lab, "127.0.0.1"));
  EXPECT_TRUE(refusal(lab, "fd00:2::9"));
  EXPECT_FALSE(refusal(AddressGuard({.allow_private = true}), "127.0.0.1"));
  for (const char* text : {"", "10.0.0.0/33", "10.0.0", "fd00::/129", "10.0.0.0/", "10.0.0.0/x", "host"}) {
    EXPECT_THROW(AddressGuard({.allowed_networks = {text}}), Error) << text;
  }
}

// Nothing is sent: each is refused before a connection exists.
TEST(AddressGuard, HostileUrlsAreRefused) {
  const AddressGuard guard;
  for (const char* url : {"http://127.0.0.1/",
                          "http://127.1/",
                          "http://127.0.1/",
                          "http://2130706433/",
                          "http://0x7f000001/",
                          "http://0x7f.0.0.1/",
                          "http://0177.0.0.1/",
                          "http://017700000001/",
                          "http://0x7f.1/",
                          "http://0/",
                          "http://0.0.0.0/",
                          "http://localhost/",
                          "http://LOCALHOST/",
                          "http://127.0.0.1:5432/",
                          "http://user:pw@127.0.0.1/",
                          "http://example.org@127.0.0.1/",
                          "http://127.0.0.1#@example.org/",
                          "http://127.0.0.1?@example.org/",
                          "http://169.254.169.254/latest/meta-data/",
                          "http://2852039166/",
                          "http://0xa9fea9fe/",
                          "http://0251.0376.0251.0376/",
                          "http://0xa9.254.43518/",
                          "http://10.0.0.1/",
                          "http://10.1/",
                          "http://192.168.0.1/",
                          "http://3232235521/",
                          "http://172.16.0.1/",
                          "http://100.64.0.1/",
                          "http://100.100.100.200/",
                          "http://192.0.0.192/",
                          "http://168.63.129.16/",
                          "http://224.0.0.1/",
                          "http://255.255.255.255/",
                          "http://[::1]/",
                          "http://[::]/",
                          "http://[0:0:0:0:0:0:0:1]/",
                          "http://[::ffff:127.0.0.1]/",
                          "http://[::ffff:7f00:1]/",
                          "http://[::127.0.0.1]/",
                          "http://[64:ff9b::7f00:1]/",
                          "http://[64:ff9b::169.254.169.254]/",
                          "http://[2002:7f00:1::]/",
                          "http://[fe80::1]/",
                          "http://[fd00:ec2::254]/",
                          "http://[fc00::1]/",
                          "http://[ff02::1]/",
                          "https://127.0.0.1/",
                          "http:127.0.0.1/",
                          "http:///127.0.0.1/",
                          "http://１２７.0.0.1/",
                          "file:///etc/passwd",
                          "ftp://example.org/",
                          "gopher://example.org/",
                          "dict://example.org/",
                          "javascript:alert(1)",
                          "data:text/plain,x",
                          "//example.org/",
                          "example.org",
                          "",
                          "http://",
                          "http://[::1",
                          "http://exa mple.org/",
                          "http://127.0.0.1\\@example.org/"}) {
    HttpClient client;
    HttpTraffic traffic;
    try {
      AddressGuard::check_scheme(url);
      client.send({.url = url, .connect_timeout = std::chrono::seconds(1), .guard = &guard, .proxy = ""},
                  traffic);
      ADD_FAILURE() << url << " was opened";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::InvalidInput) << url << ": " << error.what();
    }
    EXPECT_EQ(traffic.sent, 0U) << url;
  }
}

TEST(AddressGuard, HostsAreJudgedForAProxy) {
  const AddressGuard guard;
  EXPECT_NO_THROW(guard.check_host("http://8.8.8.8/"));
  EXPECT_THROW(guard.check_host("http://127.0.0.1/"), Error);
  EXPECT_THROW(guard.check_host("http://[::1]:80/"), Error);
  EXPECT_THROW(guard.check_host("http://2130706433/"), Error);
  EXPECT_THROW(guard.check_host("http://localhost/"), Error);
}

TEST(AddressGuard, RedirectsAreResolved) {
  EXPECT_EQ(resolve_redirect("http://h:8080/a/b?c", "../d"), "http://h:8080/d");
  EXPECT_EQ(resolve_redirect("http://h/a", "//other/x y"), "http://other/x%20y");
  EXPECT_EQ(resolve_redirect("https://u:p@h/a", "http://other/"), "http://other/");
  EXPECT_EQ(resolve_redirect("http://h/a", "file:///etc/passwd"), "file:///etc/passwd");
  EXPECT_THROW(AddressGuard::check_scheme(resolve_redirect("http://h/a", "file:///etc/passwd")), Error);
  EXPECT_THROW(resolve_redirect("http://h/a", "http://[::1"), Error);
}

}  // namespace
}  // namespace heaters::net
