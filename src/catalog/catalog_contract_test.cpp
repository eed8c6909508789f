// What the catalog does, on both databases.

#include <gmock/gmock.h>

#include "catalog/catalog.h"

#include "base/error.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

IngestedVideo made(const std::string& sha_digit, const std::vector<FrameNumber>& cuts = {}) {
  Video video{.id = VideoId::make()};
  video.title = "a.mp4";
  video.source_sha256 = std::string(64, sha_digit[0]);
  video.source_bytes = 1000;
  video.container = "mp4";
  video.video_codec = "h264";
  video.audio_codec = "aac";
  video.width = 1920;
  video.height = 1080;
  video.frame_count = 100;
  video.time_base = {1, 24};
  video.frame_rate = {24, 1};
  video.duration_seconds = 100 / 24.0;
  video.proxy_rung = "reuse";
  video.proxy_reason = "plays as it is";
  video.proxy_key = "videos/" + video.id.text() + "/source.mp4";
  video.loudness = VideoLoudness{-23, 5, -1};
  video.decode_passes = 1;
  IngestedVideo ingested{.video = video};
  ingested.artifacts.push_back({video.proxy_key, "source", 1000, video.source_sha256, "test"});
  for (const FrameNumber frame : cuts) ingested.cuts.push_back({frame, "cut", 0.75});
  ingested.keyframes = {{0, 0, 48}, {50, 50, std::nullopt}};
  return ingested;
}

class CatalogTest : public fixtures::DatabaseTest {
 protected:
  void record(const IngestedVideo& ingested) {
    db::Transaction transaction(*database);
    catalog.record(ingested);
    transaction.commit();
  }

  void expect_conflict(const std::function<void()>& action) {
    try {
      action();
      FAIL() << "was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Conflict) << error.what();
    }
  }

  Catalog catalog{*database};
};

TEST_P(CatalogTest, GivesBackWhatWasRecorded) {
  const IngestedVideo ingested = made("1", {30, 60});
  record(ingested);
  const auto found = catalog.find(ingested.video.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "a.mp4");
  EXPECT_EQ(found->audio_codec, "aac");
  EXPECT_EQ(found->time_base, (Rational{1, 24}));
  EXPECT_EQ(found->duration_seconds, ingested.video.duration_seconds);
  ASSERT_TRUE(found->loudness);
  EXPECT_EQ(found->loudness->integrated_lufs, -23);
  EXPECT_FALSE(found->waveform_start_seconds);
  EXPECT_EQ(catalog.cuts(ingested.video.id), ingested.cuts);
  EXPECT_EQ(catalog.keyframes(ingested.video.id), ingested.keyframes);
  EXPECT_THAT(catalog.artifacts(ingested.video.id), SizeIs(1));
}

TEST_P(CatalogTest, ClipsPartitionTheVideo) {
  const auto spans = [&](const std::vector<FrameNumber>& cuts, const std::string& digit) {
    const IngestedVideo ingested = made(digit, cuts);
    record(ingested);
    std::vector<FrameSpan> found;
    for (const Clip& clip : catalog.clips(ingested.video.id)) found.push_back(clip.span);
    return found;
  };
  EXPECT_THAT(spans({}, "1"), ElementsAre(FrameSpan{0, 100}));
  EXPECT_THAT(spans({99, 30, 60}, "2"),
              ElementsAre(FrameSpan{0, 30}, FrameSpan{30, 60}, FrameSpan{60, 99}, FrameSpan{99, 100}));
}

TEST_P(CatalogTest, TheSameBytesAreOneVideoUnlessACopyIsMeant) {
  const IngestedVideo first = made("1");
  record(first);
  expect_conflict([&] { record(made("1")); });
  IngestedVideo copy = made("1");
  copy.video.copy_of = first.video.id;
  record(copy);
  EXPECT_EQ(catalog.find_by_source(std::string(64, '1'))->id, first.video.id);
  EXPECT_EQ(catalog.find(copy.video.id)->copy_of, first.video.id);
}

TEST_P(CatalogTest, AVideoThatCannotBeRecordedLeavesNoRow) {
  IngestedVideo ingested = made("1", {30, 100});  // a cut behind the last frame
  expect_conflict([&] { record(ingested); });
  EXPECT_FALSE(catalog.find(ingested.video.id));
  EXPECT_THAT(catalog.artifacts(ingested.video.id), IsEmpty());
  EXPECT_THAT(catalog.cuts(ingested.video.id), IsEmpty());
}

// The constraints hold against whoever writes to the database, not only against us.
TEST_P(CatalogTest, TheDatabaseRefusesWhatWouldBreakThePartition) {
  const IngestedVideo ingested = made("1", {30});
  record(ingested);
  const std::string id = ingested.video.id.text();
  const auto refused = [&](const std::string& sql) { expect_conflict([&] { database->execute(sql); }); };
  refused("DELETE FROM cuts WHERE frame = 0");
  refused("UPDATE cuts SET frame = 5 WHERE frame = 0");
  refused("UPDATE cuts SET frame = 100 WHERE frame = 30");
  refused("UPDATE cuts SET frame = -1 WHERE frame = 30");
  refused("UPDATE cuts SET frame_count = 200");
  refused("UPDATE videos SET frame_count = 30");
  refused("INSERT INTO cuts (id, video_id, frame, kind, score, frame_count) VALUES ('" +
          std::string(26, '0') + "', '" + id + "', 30, 'cut', 0.5, 100)");
  refused("INSERT INTO cuts (id, video_id, frame, kind, score, frame_count) VALUES ('" +
          std::string(26, '0') + "', '" + std::string(26, '1') + "', 30, 'cut', 0.5, 100)");
  EXPECT_THAT(catalog.clips(ingested.video.id), SizeIs(2));
}

TEST_P(CatalogTest, RemovingAVideoRemovesEverythingOfIt) {
  const IngestedVideo ingested = made("1", {30});
  record(ingested);
  database->execute("DELETE FROM videos");
  EXPECT_THAT(catalog.cuts(ingested.video.id), IsEmpty());
  EXPECT_THAT(catalog.artifacts(ingested.video.id), IsEmpty());
  EXPECT_THAT(catalog.keyframes(ingested.video.id), IsEmpty());
}

TEST_P(CatalogTest, ListsNewestFirstInPages) {
  const IngestedVideo first = made("1");
  record(first);
  IngestedVideo second = made("2");
  while (second.video.id < first.video.id) second.video.id = VideoId::make();
  record(second);
  ASSERT_THAT(catalog.videos(10, 0), SizeIs(2));
  EXPECT_EQ(catalog.videos(10, 0)[0].id, second.video.id);
  EXPECT_EQ(catalog.videos(1, 1)[0].id, first.video.id);
}

TEST_P(CatalogTest, OpensAgainAsItWas) {
  record(made("1"));
  const auto other = connect();
  EXPECT_THAT(Catalog(*other).videos(10, 0), SizeIs(1));
  EXPECT_THAT(Catalog(*other).artifact_keys(), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Databases, CatalogTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog
