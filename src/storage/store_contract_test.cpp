// What every store does. New implementations join the instantiation at the end of the file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"
#include "fixtures/swift.h"
#include "storage/keys.h"
#include "storage/local_store.h"
#include "storage/s3_store.h"

namespace heaters::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct StoreMaker {
  const char* name;
  std::unique_ptr<Store> (*make)(const std::filesystem::path& scratch);
};

void PrintTo(const StoreMaker& maker, std::ostream* out) {
  *out << maker.name;
}

class StoreContract : public testing::TestWithParam<StoreMaker> {
 protected:
  FileDigest put(const std::string& key, const std::string& text) {
    write_text_file(directory.path() / "in", text);
    return store->put(key, directory.path() / "in");
  }
  std::string get(const std::string& key) {
    store->get(key, directory.path() / "out");
    return read_text_file(directory.path() / "out");
  }

  std::vector<std::string> keys(const std::string& prefix) {
    std::vector<std::string> found;
    for (const StoredObject& object : store->list(prefix)) found.push_back(object.key);
    return found;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Store> store = GetParam().make(directory.path() / "store");
};

TEST_P(StoreContract, GivesBackWhatWasPutAndItsDigest) {
  const FileDigest digest = put("videos/a/source.mp4", "abc");
  EXPECT_EQ(digest.bytes, 3U);
  EXPECT_EQ(digest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(get("videos/a/source.mp4"), "abc");
}

TEST_P(StoreContract, PuttingAgainReplaces) {
  put("k", "first");
  put("k", "second");
  EXPECT_EQ(get("k"), "second");
  EXPECT_THAT(keys(""), ElementsAre("k"));
}

TEST_P(StoreContract, RangesEndWhereTheObjectEnds) {
  put("k", "0123456789");
  const auto text = [&](std::uint64_t offset, std::uint64_t length) {
    std::string result;
    for (const std::byte b : store->get_range("k", offset, length)) result += static_cast<char>(b);
    return result;
  };
  EXPECT_EQ(text(2, 3), "234");
  EXPECT_EQ(text(8, 100), "89");
  EXPECT_EQ(text(10, 1), "");
}

TEST_P(StoreContract, ListsByPrefixInOrder) {
  put("videos/b/x", "1");
  put("videos/a/y", "1");
  put("videos/a/x", "1");
  put("clips/a/x", "1");
  EXPECT_THAT(keys("videos/a/"), ElementsAre("videos/a/x", "videos/a/y"));
  EXPECT_THAT(keys("videos/"), ElementsAre("videos/a/x", "videos/a/y", "videos/b/x"));
  const StoredObject object = store->list("clips/").at(0);
  EXPECT_EQ(object.bytes, 1U);
  EXPECT_LT(std::chrono::abs(utc_now() - object.modified), std::chrono::minutes(1));
}

TEST_P(StoreContract, RemovingTwiceIsNoError) {
  put("videos/a/x", "1");
  store->remove("videos/a/x");
  store->remove("videos/a/x");
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(StoreContract, RemovesManyAtOnce) {
  for (const char* key : {"a/1", "a/2", "b/1", "b/2"}) put(key, "1");
  store->remove(std::vector<std::string>{"a/1", "b/2", "b/3"});
  EXPECT_THAT(keys(""), ElementsAre("a/2", "b/1"));
  store->remove(std::span<const std::string>());
}

TEST_P(StoreContract, AnEmptyObjectIsAnObject) {
  EXPECT_EQ(put("k", "").bytes, 0U);
  EXPECT_EQ(get("k"), "");
  EXPECT_THAT(keys(""), ElementsAre("k"));
}

TEST_P(StoreContract, AProgressListenerThatThrowsStopsAPut) {
  put("k", "before");
  write_text_file(directory.path() / "in", std::string(3 << 20, 'x'));
  EXPECT_THROW(store->put("k", directory.path() / "in",
                          [](std::uint64_t) { throw Error(ErrorKind::Cancelled, "enough"); }),
               Error);
  EXPECT_EQ(get("k"), "before");
}

TEST_P(StoreContract, ALargeObjectComesBackAsItIs) {
  std::string text;
  for (std::int64_t i = 0; text.size() < 20U << 20; ++i) text += std::to_string(i * 7919);
  std::uint64_t last = 0;
  write_text_file(directory.path() / "in", text);
  const FileDigest digest =
      store->put("k", directory.path() / "in", [&](std::uint64_t done) { last = done; });
  EXPECT_EQ(digest, digest_file(directory.path() / "in"));
  EXPECT_EQ(last, text.size());
  EXPECT_EQ(get("k"), text);
}

TEST_P(StoreContract, AbsentObjectIsNotFound) {
  try {
    get("absent");
    FAIL() << "got what is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  }
}

TEST_P(StoreContract, MalformedKeysAreRefused) {
  for (const char* key : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".hidden", "a b", "a\nb"}) {
    EXPECT_THROW(put(key, "x"), Error) << key;
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
                         testing::Values(StoreMaker{"Local",
                                                    [](const std::filesystem::path& scratch) {
                                                      return std::unique_ptr<Store>(new LocalStore(scratch));
                                                    }},
                                         StoreMaker{"S3",
                                                    [](const std::filesystem::path&) {
                                                      storage::S3Options options =
                                                          fixtures::SwiftServer::shared().create_bucket();
                                                      options.prefix = "some/prefix/";
                                                      return std::unique_ptr<Store>(new S3Store(
                                                          options, std::make_shared<net::HttpPool>()));
                                                    }},
                                         StoreMaker{"S3InParts",
                                                    [](const std::filesystem::path& scratch) {
                                                      storage::S3Options options =
                                                          fixtures::SwiftServer::shared().create_bucket();
                                                      options.multipart_threshold = 6 << 20;
                                                      options.part_bytes = 5 << 20;
                                                      options.resume_folder = scratch / "uploads";
                                                      return std::unique_ptr<Store>(new S3Store(
                                                          options, std::make_shared<net::HttpPool>()));
                                                    }}),
                         [](const auto& maker) { return maker.param.name; });

TEST(LocalStore, LeftoversGoWhenTheyAreOld) {
  TemporaryDirectory directory;
  LocalStore store(directory.path());
  std::filesystem::create_directories(directory.path() / "videos/a");
  write_text_file(directory.path() / "videos/a/.source.mp4.123.part", "half");
  EXPECT_THAT(store.remove_leftovers(std::chrono::hours(1), false), IsEmpty());
  EXPECT_THAT(store.remove_leftovers(std::chrono::seconds(-1), true), testing::SizeIs(1));
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "videos/a"));
  EXPECT_THAT(store.remove_leftovers(std::chrono::seconds(-1), false), testing::SizeIs(1));
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "videos/a"));
}

}  // namespace
}  // namespace heaters::storage
