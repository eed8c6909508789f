// What the rows about exports do, on both databases.

#include <gmock/gmock.h>

#include <array>

#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "catalog/exports.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ExportsTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    fixtures::DatabaseTest::SetUp();
    id = record_video(*database, {40});
  }

  std::vector<Export> request(const std::string& batch, const ExportWish& wish = {}) {
    db::Transaction transaction(*database);
    auto all = exports.request(id, spans, wish, batch);
    transaction.commit();
    return all;
  }

  void make_ready(const Export& exported) {
    const std::string key = "videos/" + id.text() + "/" + exported.id.text() + ".mp4";
    catalog.add_artifact(id, {key, "export", 10, std::string(64, 'b'), "test"});
    exports.ready(exported.id, key, R"({"rung":"copy"})");
  }

  VideoId id = VideoId::make();
  const std::string first_batch = new_ulid();
  const std::array<FrameSpan, 2> spans{FrameSpan{40, 100}, FrameSpan{0, 40}};
  Catalog catalog{*database};
  Exports exports{*database};
};

TEST_P(ExportsTest, AreQueuedInTheOrderAskedFor) {
  const auto all = request(first_batch);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].span, spans[0]);
  EXPECT_EQ(all[1].span, spans[1]);
  EXPECT_EQ(all[0].state, "queued");
  EXPECT_EQ(all[0].batch, first_batch);
  EXPECT_THAT(exports.unfinished_batches(), ElementsAre(first_batch));
  EXPECT_EQ(exports.of_video(id).front().span, spans[1]);
  EXPECT_FALSE(exports.find(ExportId::make()));
}

TEST_P(ExportsTest, AskingAgainIsTheSameExport) {
  const auto first = request(first_batch);
  const auto again = request(new_ulid());
  EXPECT_EQ(again[0].id, first[0].id);
  EXPECT_EQ(again[0].batch, first_batch);
  make_ready(first[0]);
  EXPECT_EQ(request(new_ulid())[0].state, "ready");
}

TEST_P(ExportsTest, OtherSettingsAreAnotherExport) {
  const auto first =
      request(first_batch, {.preset = "ffv1", .settings = "level=3", .storage_class = "GLACIER"});
  const auto other = request(new_ulid(), {.preset = "ffv1", .settings = "level=4", .storage_class = ""});
  EXPECT_NE(first[0].id, other[0].id);
  EXPECT_EQ(first[0].storage_class, "GLACIER");
  EXPECT_EQ(first[0].settings, "level=3");
  EXPECT_FALSE(other[0].storage_class);
}

TEST_P(ExportsTest, AFailedOneIsQueuedAnewWhenItIsAskedForAgain) {
  const auto first = request(first_batch);
  make_ready(first[0]);
  exports.failed_batch(first_batch, Error(ErrorKind::Corrupt, "it differs"));
  EXPECT_EQ(exports.find(first[0].id)->state, "ready");
  EXPECT_EQ(exports.find(first[1].id)->state, "failed");
  EXPECT_EQ(exports.find(first[1].id)->error_kind, "corrupt");
  EXPECT_EQ(exports.find(first[1].id)->error, "it differs");
  EXPECT_THAT(exports.unfinished_batches(), IsEmpty());
  const std::string second_batch = new_ulid();
  EXPECT_EQ(request(second_batch)[1].batch, second_batch);
  EXPECT_EQ(exports.find(first[1].id)->state, "queued");
  EXPECT_FALSE(exports.find(first[1].id)->error);
}

TEST_P(ExportsTest, WhatIsReadyNamesItsFileAndItsReport) {
  const auto all = request(first_batch);
  make_ready(all[0]);
  const auto found = exports.find(all[0].id);
  EXPECT_EQ(found->report, R"({"rung":"copy"})");
  EXPECT_EQ(catalog.find_artifact(*found->artifact_key)->kind, "export");
  // Without the row of its file nothing is ready.
  EXPECT_THROW(
      {
        db::Transaction transaction(*database);
        exports.ready(all[1].id, "videos/none.mp4", "{}");
        transaction.commit();
      },
      Error);
  EXPECT_EQ(exports.find(all[1].id)->state, "queued");
}

TEST_P(ExportsTest, AClipIsFoundByItsId) {
  const auto clips = catalog.clips(id);
  const auto found = catalog.find_clip(clips[1].id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->video_id, id);
  EXPECT_EQ(found->clip, clips[1]);
  EXPECT_FALSE(catalog.find_clip(ClipId::make()));
}

INSTANTIATE_TEST_SUITE_P(Databases, ExportsTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog
