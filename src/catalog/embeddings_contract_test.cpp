#include "catalog/embeddings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "catalog/clip_list.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const EmbeddingKind look{"look/1", "all"};

class EmbeddingsTest : public fixtures::DatabaseTest {
 protected:
  void SetUp() override {
    fixtures::DatabaseTest::SetUp();
    id = record_video(*database, {25, 125}, 250);
    for (const Clip& clip : catalog.clips(id)) {
      all.push_back({clip.id, id, clip.span, {1, -128, 127, static_cast<std::int8_t>(clip.span.begin)}});
    }
  }

  std::vector<ClipId> ids(std::initializer_list<std::size_t> which) const {
    std::vector<ClipId> found;
    for (const std::size_t each : which) found.push_back(all[each].clip_id);
    return found;
  }

  VideoId id = VideoId::make();
  std::vector<Embedding> all;
  Catalog catalog{*database};
  Embeddings embeddings{*database};
};

TEST_P(EmbeddingsTest, ComeBackAsTheyWere) {
  EXPECT_THAT(embeddings.missing(look), SizeIs(3));
  const std::string before = embeddings.version(look);
  embeddings.put(look, all);
  EXPECT_NE(embeddings.version(look), before);
  EXPECT_THAT(embeddings.missing(look), IsEmpty());
  EXPECT_THAT(embeddings.embedded(look), SizeIs(3));
  EXPECT_THAT(embeddings.embedded({"look/2", "all"}), IsEmpty());
  EXPECT_THAT(embeddings.embedded({"look/1", "thirds"}), IsEmpty());
  const auto found = embeddings.find(look, ids({1}));
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].vector, all[1].vector);
  EXPECT_EQ(found[0].span, all[1].span);
  EXPECT_EQ(found[0].video_id, id);
}

TEST_P(EmbeddingsTest, OfAnotherSpanAreMissing) {
  all[1].span.end -= 1;
  embeddings.put(look, all);
  EXPECT_THAT(embeddings.embedded(look), SizeIs(2));
  ASSERT_THAT(embeddings.missing(look), SizeIs(1));
  EXPECT_EQ(embeddings.missing(look)[0].clip_id, all[1].clip_id);
  all[1].span.end += 1;
  embeddings.put(look, std::span(all).subspan(1, 1));
  EXPECT_THAT(embeddings.missing(look), IsEmpty());
}

TEST_P(EmbeddingsTest, FiltersGoTogether) {
  embeddings.put(look, all);
  const auto sorted = [](std::vector<ClipId> found) {
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.text() < b.text(); });
    return found;
  };
  EXPECT_THAT(ClipList(*database).ids({}), SizeIs(3));
  EXPECT_THAT(ClipList(*database).ids({.video_id = VideoId::make()}), IsEmpty());
  EXPECT_EQ(ClipList(*database).ids({.least_seconds = 2}), sorted(ids({1, 2})));
  EXPECT_EQ(ClipList(*database).ids({.least_seconds = 2, .most_seconds = 4.5}), ids({1}));
  EXPECT_THAT(ClipList(*database).ids({.is_undecided = true}), SizeIs(3));
  EXPECT_THAT(ClipList(*database).ids({.decision = Decision::Approved}), IsEmpty());
  database->execute("UPDATE cuts SET decision = 'approved' WHERE frame = 25");
  EXPECT_EQ(ClipList(*database).ids({.video_id = id, .decision = Decision::Approved}), ids({1}));
  EXPECT_EQ(ClipList(*database).count({.video_id = id}, 1000), 3);
  EXPECT_EQ(ClipList(*database).page({}, 2, 1)[0].clip.span.begin, 25);
  EXPECT_THAT(ClipList(*database).page({}, 2, 2), SizeIs(1));
  const auto titled = [&](const std::string& typed) {
    const ClipFilter filter{.title = ClipList(*database).look_for(typed, {})};
    EXPECT_EQ(ClipList(*database).worths(filter).size(), ClipList(*database).ids(filter).size()) << typed;
    EXPECT_EQ(ClipList(*database).page(filter, 10, 0).size(), ClipList(*database).ids(filter).size())
        << typed;
    return ClipList(*database).count(filter, 1000);
  };
  EXPECT_EQ(titled("A.M"), 3);
  EXPECT_EQ(titled("a_mp4"), 0);
  EXPECT_EQ(titled("mp4 a "), 3);
  EXPECT_EQ(titled("a mp"), 3);
  EXPECT_EQ(titled("p4"), 3);
  EXPECT_EQ(titled("mp "), 0);
  EXPECT_EQ(titled("\"p4\""), 3);
  EXPECT_EQ(ClipList(*database).look_for("mp4", {}).is_by_words, true);
  EXPECT_EQ(ClipList(*database).look_for("mp4", {.least_seconds = 1e6}).is_by_words, false);
  EXPECT_THAT(ClipList(*database).ids({.ingested_after = "2000-01-01T00:00:00Z"}), SizeIs(3));
  EXPECT_THAT(ClipList(*database).ids({.ingested_before = "2000-01-01T00:00:00Z"}), IsEmpty());
}

// The two ways of finding clips by words of a title give the same.
TEST_P(EmbeddingsTest, ClipsOfATitleAreFoundHoweverManyHaveIt) {
  std::vector<VideoId> ids;
  for (int i = 0; i < 12; ++i) {
    // Ids of the same millisecond are in no order.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ids.push_back(record_video(*database, {25, 50}));
  }
  const std::vector<std::pair<VideoId, FrameNumber>> expected = {
      {ids[11], 25}, {ids[11], 50}, {ids[10], 0}, {ids[10], 25}};
  for (const std::optional<std::int64_t> matches : {std::optional<std::int64_t>(13), {few_matches + 1}, {}}) {
    const TitleQuery title{.text = "mp4", .is_by_words = true, .matches = matches};
    ClipList list(*database);
    EXPECT_EQ(list.count({.title = title}, 1000), 3 + 12 * 3);
    EXPECT_EQ(list.count({.title = title}, 10), 10);
    EXPECT_EQ(list.count({.title = title, .least_seconds = 1.5}, 1000), 2 + 12);
    std::vector<std::pair<VideoId, FrameNumber>> clips;
    for (const PlacedClip& each : list.page({.title = title}, 4, 1))
      clips.emplace_back(each.video_id, each.clip.span.begin);
    EXPECT_EQ(clips, expected);
  }
}

TEST_P(EmbeddingsTest, ThousandsAreFoundAtOnce) {
  embeddings.put(look, all);
  std::vector<ClipId> many(1200, ClipId::make());
  many.push_back(all[2].clip_id);
  EXPECT_THAT(embeddings.find(look, many), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Databases, EmbeddingsTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog
