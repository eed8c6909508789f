#include "net/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "fixtures/media_server.h"

namespace heaters::net {
namespace {

using fixtures::MediaServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class DownloadTest : public testing::Test {
 protected:
  DownloadOptions options{.guard = AddressGuard({.allow_private = true}),
                          .first_backoff = std::chrono::milliseconds(5)};
  MediaServer server;
  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "source.part";
  std::string content = server.put_bytes("a.bin", 1'500'000);
  std::stop_source stop;
  std::size_t sniffed = 0;

  DownloadResult fetch(const std::string& path) {
    Download download(options, stop.get_token());
    return download.run(server.url(path), file,
                        [&](std::span<const std::byte> first) {
                          sniffed = first.size();
                          return true;
                        },
                        {});
  }

  Error failure(const std::string& path) {
    try {
      fetch(path);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << path << " was fetched";
    return {ErrorKind::Internal, ""};
  }

  std::vector<std::string> ranges() const {
    std::vector<std::string> ranges;
    for (const auto& request : server.requests()) ranges.push_back(request.range);
    return ranges;
  }
};

TEST_F(DownloadTest, TheFileIsWhatIsServed) {
  const DownloadResult result = fetch("/files/a.bin");
  EXPECT_TRUE(result.is_wanted);
  EXPECT_EQ(result.bytes, content.size());
  EXPECT_EQ(result.resumptions, 0);
  EXPECT_EQ(read_text_file(file), content);
  EXPECT_GE(sniffed, 65536U);
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".note"));
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(DownloadTest, SmallAndEmptyFilesAreSniffedAsAWhole) {
  server.put_bytes("small.bin", 10);
  EXPECT_EQ(fetch("/files/small.bin").bytes, 10U);
  EXPECT_EQ(sniffed, 10U);
  server.put_bytes("empty.bin", 0);
  EXPECT_EQ(fetch("/files/empty.bin").bytes, 0U);
  EXPECT_EQ(sniffed, 0U);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(DownloadTest, WhatIsNotWantedIsNotFetched) {
  Download download(options, {});
  server.put_bytes("large.bin", 50'000'000);
  const auto result =
      download.run(server.url("/files/large.bin?pace=10000000"), file, [](auto) { return false; }, {});
  EXPECT_FALSE(result.is_wanted);
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".note"));
}

TEST_F(DownloadTest, ACutConnectionIsResumedByRange) {
  const DownloadResult result = fetch("/files/a.bin?cut=700000&times=1");
  EXPECT_EQ(read_text_file(file), content);
  EXPECT_EQ(result.resumptions, 1);
  EXPECT_THAT(ranges(), ElementsAre("-", "bytes=695904-"));
}

TEST_F(DownloadTest, ItIsResumedWithoutAValidatorToo) {
  fetch("/files/a.bin?cut=700000&times=1&validator=no");
  EXPECT_EQ(read_text_file(file), content);
  EXPECT_THAT(ranges(), ElementsAre("-", "bytes=695904-"));
}

TEST_F(DownloadTest, AServerWithoutRangesBeginsAgain) {
  fetch("/files/a.bin?cut=700000&times=1&range=no");
  EXPECT_EQ(read_text_file(file), content);
}

TEST_F(DownloadTest, WhatChangedMeanwhileIsBegunAnew) {
  const std::string reversed(content.rbegin(), content.rend());
  fetch("/files/a.bin?cut=700000&times=1&change=yes");
  EXPECT_EQ(read_text_file(file), reversed);
  // Without a validator only the bytes tell.
  fetch("/files/a.bin?cut=700000&times=1&change=yes&validator=no");
  EXPECT_EQ(read_text_file(file), reversed);
}

TEST_F(DownloadTest, ItIsResumedByALaterCall) {
  options.most_failures = 1;
  EXPECT_EQ(failure("/files/a.bin?cut=700000&times=1").kind(), ErrorKind::Unavailable);
  EXPECT_EQ(std::filesystem::file_size(file), 700'000U);
  fetch("/files/a.bin?cut=700000&times=1");
  EXPECT_EQ(read_text_file(file), content);
  EXPECT_THAT(ranges(), ElementsAre("-", "bytes=695904-"));
  // Of another URL nothing is taken.
  options.most_failures = 1;
  failure("/files/a.bin?cut=500000&times=1");
  fetch("/files/a.bin");
  EXPECT_EQ(ranges().back(), "-");
  EXPECT_EQ(read_text_file(file), content);
}

TEST_F(DownloadTest, AConnectionThatStaysCutIsGivenUp) {
  options.most_failures = 3;
  EXPECT_EQ(failure("/files/a.bin?cut=0&times=100").kind(), ErrorKind::Unavailable);
  EXPECT_THAT(server.requests(), SizeIs(3));
}

TEST_F(DownloadTest, RedirectsAreFollowedAndChecked) {
  EXPECT_EQ(fetch("/redirect?to=/redirect%3Fto%3D/files/a.bin").url, server.url("/files/a.bin"));
  EXPECT_EQ(read_text_file(file), content);
  EXPECT_THAT(failure("/loop").what(), HasSubstr("redirects"));
  EXPECT_EQ(failure("/redirect?to=file:///etc/passwd").kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(failure("/redirect?to=ftp://127.0.0.1/").kind(), ErrorKind::InvalidInput);
  // The server may be reached, the metadata service may not.
  options.guard = AddressGuard({.allowed_networks = {"127.0.0.1"}});
  for (const std::string to :
       {"http://169.254.169.254/latest/", "http://127.0.0.2/", "//[::1]/", "http://2852039166/"}) {
    const Error error = failure("/redirect?to=" + to);
    EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
    EXPECT_THAT(error.what(), HasSubstr("refused"));
  }
}

TEST_F(DownloadTest, StatusesAreErrorsThatPassOrNot) {
  options.most_failures = 2;
  EXPECT_EQ(failure("/status/404").kind(), ErrorKind::NotFound);
  EXPECT_EQ(failure("/status/410").kind(), ErrorKind::NotFound);
  EXPECT_EQ(failure("/status/403").kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(failure("/status/400").kind(), ErrorKind::InvalidInput);
  EXPECT_EQ(server.requests().size(), 4U) << "what does not pass is not tried again";
  EXPECT_EQ(failure("/status/500").kind(), ErrorKind::Unavailable);
  EXPECT_EQ(server.requests().size(), 6U);
  const Error error = failure("/status/429?retry_after=77");
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_EQ(error.retry_after(), std::chrono::seconds(77));
  EXPECT_EQ(server.requests().size(), 7U) << "who is told to wait does not ask again at once";
}

TEST_F(DownloadTest, SizesAreLimited) {
  options.most_bytes = 1'000'000;
  EXPECT_EQ(failure("/files/a.bin").kind(), ErrorKind::InvalidInput);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(DownloadTest, AStopEndsIt) {
  std::jthread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(failure("/files/a.bin?pace=100000").kind(), ErrorKind::Cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(DownloadTest, ASilentServerIsNotWaitedForForEver) {
  options.stall_timeout = std::chrono::seconds(1);
  options.most_failures = 1;
  EXPECT_EQ(failure("/hang").kind(), ErrorKind::Unavailable);
}

TEST_F(DownloadTest, PasswordsAreNotTold) {
  Download download(options, {});
  const std::string url =
      "http://user:geheim1@127.0.0.1:" + std::to_string(server.port()) + "/status/403?token=geheim2";
  try {
    download.run(url, file, [](auto) { return true; }, {});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("geheim")));
  }
}

}  // namespace
}  // namespace heaters::net
