// What S3 does beyond being a store: how many requests it takes, what happens when the server misbehaves,
// uploads that go on after a crash. Against a real server.

#include "storage/s3_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "base/error.h"
#include "fixtures/fault_proxy.h"
#include "fixtures/swift.h"
#include "storage/upload_digest.h"

namespace heaters::storage {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class S3StoreTest : public testing::Test {
 protected:
  S3Store store_with(const S3Options& with) { return {with, std::make_shared<net::HttpPool>()}; }

  std::filesystem::path write(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) text += std::to_string(i * 104729) + ",";
    text.resize(bytes);
    write_text_file(file, text);
    return file;
  }

  static std::size_t count(const std::vector<fixtures::ServedRequest>& requests, const std::string& method) {
    return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(),
                                                  [&](const auto& each) { return each.method == method; }));
  }

  Error failure_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "did not fail";
    return {ErrorKind::Internal, ""};
  }

  TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "in";
  fixtures::SwiftServer& server = fixtures::SwiftServer::shared();
  S3Options options = server.create_bucket();
};

TEST_F(S3StoreTest, APutIsOneRequestAndAllShareAConnection) {
  S3Store store = store_with(options);
  write(100'000);
  const auto requests = server.requests_during([&] {
    for (int i = 0; i < 5; ++i) store.put("videos/" + std::to_string(i), file);
  });
  EXPECT_THAT(requests, SizeIs(5));
  EXPECT_EQ(count(requests, "PUT"), 5U);
  std::set<std::string> peers;
  for (const auto& request : requests) peers.insert(request.peer);
  EXPECT_THAT(peers, SizeIs(1));
  const StoreUsage usage = store.usage();
  EXPECT_EQ(usage.put_requests, 5);
  EXPECT_EQ(usage.get_requests + usage.head_requests + usage.list_requests + usage.delete_requests, 0);
  EXPECT_GT(usage.bytes_sent, 500'000);
  EXPECT_LT(usage.bytes_sent, 510'000);
}

TEST_F(S3StoreTest, UsageCountsEveryKindOfRequest) {
  S3Store store = store_with(options);
  store.put("a", write(1000));
  store.get("a", directory.path() / "out");
  store.get_range("a", 1, 2);
  store.list("");
  store.remove("a");
  store.remove(std::vector<std::string>{"a", "b"});
  const StoreUsage usage = store.usage();
  EXPECT_EQ(usage.put_requests, 2);
  EXPECT_EQ(usage.get_requests, 2);
  EXPECT_EQ(usage.list_requests, 1);
  EXPECT_EQ(usage.delete_requests, 1);
  EXPECT_EQ(usage.head_requests, 0);
  EXPECT_GT(usage.bytes_received, 1002);
}

TEST_F(S3StoreTest, VirtualHostsReachTheSameObjects) {
  store_with(options).put("a/b", write(1000));
  S3Options by_host = options;
  // Resolved to loopback, as the server expects it.
  by_host.endpoint = "http://s3.localhost:" + options.endpoint.substr(options.endpoint.rfind(':') + 1);
  by_host.addressing = S3Addressing::VirtualHost;
  EXPECT_THAT(store_with(by_host).get_range("a/b", 0, 10), SizeIs(10));
}

TEST_F(S3StoreTest, APresignedUrlReadsWithoutCredentials) {
  S3Store store = store_with(options);
  store.put("a", write(1000));
  const auto url = store.presign("a", std::chrono::seconds(60));
  net::HttpClient client;
  net::HttpTraffic traffic;
  EXPECT_EQ(client.send({.url = *url}, traffic).body, read_text_file(file));
  EXPECT_EQ(client.send({.url = *url + "0"}, traffic).status, 403);
}

TEST_F(S3StoreTest, RefusedCredentialsAreSaidWithoutTellingThem) {
  S3Options wrong = options;
  wrong.credentials.secret_access_key = "geheim";
  const Error error = failure_of([&] { store_with(wrong).put("a", write(10)); });
  // Somebody may mend them: what waits for it is not given up.
  EXPECT_EQ(error.kind(), ErrorKind::Unavailable);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("put \"a\" into s3://"), HasSubstr("SignatureDoesNotMatch"),
                                  Not(HasSubstr("geheim")), Not(HasSubstr("Signature="))));
  S3Options absent = options;
  absent.bucket = "absent";
  EXPECT_THAT(failure_of([&] { store_with(absent).put("a", file); }).what(), HasSubstr("NoSuchBucket"));
}

TEST_F(S3StoreTest, AServerThatIsAwayIsUnavailable) {
  S3Options away = options;
  away.endpoint = "http://127.0.0.1:" + std::to_string(fixtures::free_port());
  away.most_attempts = 2;
  EXPECT_EQ(failure_of([&] { store_with(away).put("a", write(10)); }).kind(), ErrorKind::Unavailable);
}

TEST_F(S3StoreTest, AStopEndsRequestsAndTheWaitsBetweenThem) {
  const fixtures::FaultProxy stalled(server.endpoint(), {.fault = fixtures::Fault::Stall});
  const fixtures::FaultProxy failing(server.endpoint(), {.fault = fixtures::Fault::Status503});
  write(1000);
  for (const std::string& endpoint : {stalled.endpoint(), failing.endpoint()}) {
    std::stop_source stop;
    S3Options with = options;
    with.endpoint = endpoint;
    with.stop = stop.get_token();
    with.first_backoff = std::chrono::minutes(1);
    const std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      stop.request_stop();
    });
    EXPECT_EQ(failure_of([&] { store_with(with).put("a", file); }).kind(), ErrorKind::Cancelled);
  }
}

TEST_F(S3StoreTest, LargeFilesGoInPartsAndLeaveNoUpload) {
  options.multipart_threshold = 6 << 20;
  options.part_bytes = 5 << 20;
  S3Store store = store_with(options);
  write(17 << 20);
  const auto requests = server.requests_during([&] { store.put("videos/big", file); });
  EXPECT_EQ(count(requests, "PUT"), 4U);
  EXPECT_EQ(count(requests, "POST"), 2U);
  EXPECT_THAT(requests, SizeIs(6));
  store.get("videos/big", directory.path() / "out");
  EXPECT_EQ(digest_file(directory.path() / "out"), digest_file(file));
  EXPECT_THAT(store.remove_leftovers(std::chrono::seconds(-1), true), IsEmpty());
}

TEST_F(S3StoreTest, AnUploadThatWasCutOffGoesOnWhereItStopped) {
  options.multipart_threshold = 6 << 20;
  options.part_bytes = 5 << 20;
  options.parallel_parts = 1;
  options.resume_folder = directory.path() / "uploads";
  options.most_attempts = 1;
  write(22 << 20);
  {
    // Two parts arrive, then the server is gone.
    fixtures::FaultProxy proxy(server.endpoint(),
                               {.healthy_requests = 3, .fault = fixtures::Fault::Status503});
    S3Options through = options;
    through.endpoint = proxy.endpoint();
    EXPECT_EQ(failure_of([&] { store_with(through).put("videos/big", file); }).kind(),
              ErrorKind::Unavailable);
  }
  S3Store store = store_with(options);
  EXPECT_THAT(store.remove_leftovers(std::chrono::hours(1), false), IsEmpty());
  const auto requests = server.requests_during([&] { store.put("videos/big", file); });
  EXPECT_EQ(count(requests, "PUT"), 3U);
  EXPECT_EQ(count(requests, "GET"), 1U);
  store.get("videos/big", directory.path() / "out");
  EXPECT_EQ(digest_file(directory.path() / "out"), digest_file(file));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path() / "uploads"));
}

TEST_F(S3StoreTest, AnotherContentDoesNotGoOnWithAnOldUpload) {
  options.multipart_threshold = 6 << 20;
  options.part_bytes = 5 << 20;
  options.resume_folder = directory.path() / "uploads";
  options.most_attempts = 1;
  write(12 << 20);
  {
    fixtures::FaultProxy proxy(server.endpoint(),
                               {.healthy_requests = 2, .fault = fixtures::Fault::Status503});
    S3Options through = options;
    through.endpoint = proxy.endpoint();
    failure_of([&] { store_with(through).put("videos/big", file); });
  }
  write(13 << 20);
  S3Store store = store_with(options);
  store.put("videos/big", file);
  store.get("videos/big", directory.path() / "out");
  EXPECT_EQ(digest_file(directory.path() / "out"), digest_file(file));
  // What nobody will resume is found and ended.
  EXPECT_THAT(store.remove_leftovers(std::chrono::seconds(-1), false), SizeIs(1));
  EXPECT_THAT(store.remove_leftovers(std::chrono::seconds(-1), false), IsEmpty());
}

class FaultTest : public S3StoreTest, public testing::WithParamInterface<fixtures::Fault> {};

TEST_P(FaultTest, OneFaultInThreeIsLivedWith) {
  fixtures::FaultProxy proxy(server.endpoint(), {.every = 3, .fault = GetParam()});
  options.endpoint = proxy.endpoint();
  options.stall_timeout = std::chrono::seconds(1);
  S3Store store = store_with(options);
  write(700'000);
  for (int i = 0; i < 6; ++i) store.put("k" + std::to_string(i), file);
  for (int i = 0; i < 6; ++i) {
    store.get("k" + std::to_string(i), directory.path() / "out");
    EXPECT_EQ(digest_file(directory.path() / "out"), digest_file(file));
  }
  EXPECT_THAT(store.list(""), SizeIs(6));
  EXPECT_GT(proxy.faults(), 2);
}

TEST_P(FaultTest, AServerThatNeverRecoversIsUnavailableAndNothingIsHalfDone) {
  fixtures::FaultProxy proxy(server.endpoint(), {.every = 1, .fault = GetParam()});
  S3Options through = options;
  through.endpoint = proxy.endpoint();
  through.most_attempts = 2;
  through.stall_timeout = std::chrono::seconds(1);
  store_with(options).put("k", write(700'000));
  const auto out = directory.path() / "out";
  EXPECT_EQ(failure_of([&] { store_with(through).get("k", out); }).kind(), ErrorKind::Unavailable);
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_FALSE(std::filesystem::exists(out.string() + ".part"));
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultTest,
                         testing::Values(fixtures::Fault::Status500, fixtures::Fault::Status503,
                                         fixtures::Fault::Reset, fixtures::Fault::CutOff,
                                         fixtures::Fault::Stall),
                         [](const auto& fault) { return std::string(fixtures::to_string(fault.param)); });

TEST(UploadDigest, AnAnswerThatNamesOtherBytesIsRefused) {
  const UploadDigest digest = digest_for_upload("abc");
  const auto answer = [](std::map<std::string, std::string> headers) {
    return net::HttpResponse{200, std::move(headers), ""};
  };
  const std::string md5 = "900150983cd24fb0d6963f7d28e17f72";
  digest.verify(answer({{"etag", "\"" + md5 + "\""}}), "put");
  digest.verify(answer({{"etag", ""}}), "put");
  digest.verify(answer({{"x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="}}), "put");
  const std::string other(32, 'a');
  EXPECT_THROW(digest.verify(answer({{"etag", "\"" + other + "\""}}), "put"), Error);
  EXPECT_THROW(digest.verify(answer({{"x-amz-checksum-sha256", "AAAA"}}), "put"), Error);
  // Not an MD5 there.
  digest.verify(answer({{"etag", "\"" + other + "\""}, {"x-amz-server-side-encryption", "aws:kms"}}), "put");
}

}  // namespace
}  // namespace heaters::storage
