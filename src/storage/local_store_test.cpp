#include "storage/local_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "base/error.h"
#include "storage/keys.h"

namespace heaters::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// What every store must do. New implementations join the instantiation at the end of the file.
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
  EXPECT_THAT(store->list(""), ElementsAre("k"));
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
  EXPECT_THAT(store->list("videos/a/"), ElementsAre("videos/a/x", "videos/a/y"));
  EXPECT_THAT(store->list("videos/"), ElementsAre("videos/a/x", "videos/a/y", "videos/b/x"));
}

TEST_P(StoreContract, RemovingTwiceIsNoError) {
  put("videos/a/x", "1");
  store->remove("videos/a/x");
  store->remove("videos/a/x");
  EXPECT_THAT(store->list(""), IsEmpty());
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
                                                    }}),
                         [](const auto& maker) { return maker.param.name; });

TEST(LocalStore, RemovingAPrefixTakesHalfWrittenFilesToo) {
  TemporaryDirectory directory;
  LocalStore store(directory.path());
  std::filesystem::create_directories(directory.path() / "videos/a");
  write_text_file(directory.path() / "videos/a/.source.mp4.123.part", "half");
  store.remove_prefix("videos/a/");
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "videos/a"));
}

}  // namespace
}  // namespace heaters::storage
