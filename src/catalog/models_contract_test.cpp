#include "catalog/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "fixtures/databases.h"

namespace heaters::catalog {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ModelsTest : public fixtures::DatabaseTest {
 protected:
  static Model model(const std::string& name, char digit, const std::string& strategy = "midpoint") {
    return {.name = name,
            .kind = {std::string(64, digit), strategy},
            .path = "/models/" + name + ".pt",
            .dimensions = 4,
            .has_text = true};
  }

  void embed(const EmbeddingKind& kind, const VideoId& video) {
    std::vector<Embedding> all;
    for (const Clip& clip : Catalog(*database).clips(video))
      all.push_back({clip.id, video, clip.span, {1, 2, 3, 4}});
    embeddings.put(kind, all);
  }

  ErrorKind refusal(const Model& refused) {
    try {
      models.put(refused);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::Internal;
  }

  Models models{*database};
  Embeddings embeddings{*database};
};

TEST_P(ModelsTest, ComeBackAsTheyWereAndOneIsTheDefault) {
  EXPECT_THAT(models.list(), IsEmpty());
  EXPECT_FALSE(models.find_default());
  models.put(model("b", '2'));
  models.put(model("a", '1', "thirds"));
  ASSERT_THAT(models.list(), SizeIs(2));
  EXPECT_EQ(models.list()[0].name, "a");
  const auto found = models.find("a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->kind, (EmbeddingKind{std::string(64, '1'), "thirds"}));
  EXPECT_EQ(found->path, "/models/a.pt");
  EXPECT_EQ(found->dimensions, 4U);
  EXPECT_TRUE(found->has_text);
  models.make_default("a");
  models.make_default("b");
  ASSERT_TRUE(models.find_default());
  EXPECT_EQ(models.find_default()->name, "b");
  models.make_default(std::nullopt);
  EXPECT_FALSE(models.find_default());
  EXPECT_THROW(models.make_default("c"), Error);
}

TEST_P(ModelsTest, ANameIsOneModels) {
  models.put(model("a", '1'));
  models.make_default("a");
  EXPECT_EQ(refusal(model("a", '2')), ErrorKind::Conflict);
  EXPECT_EQ(refusal(model("a", '1', "thirds")), ErrorKind::Conflict);
  EXPECT_EQ(refusal(model("looks", '1')), ErrorKind::InvalidInput);
  EXPECT_EQ(refusal(model("", '1')), ErrorKind::InvalidInput);
  // The same model has moved.
  Model moved = model("a", '1');
  moved.path = "/elsewhere/a.pt";
  models.put(moved);
  EXPECT_EQ(models.find("a")->path, "/elsewhere/a.pt");
  EXPECT_TRUE(models.find("a")->is_default);
}

TEST_P(ModelsTest, AreRemovedWithWhatTheySaid) {
  const VideoId video = record_video(*database, {25, 50});
  models.put(model("a", '1'));
  models.put(model("again", '1'));
  models.put(model("b", '2'));
  embed(model("a", '1').kind, video);
  embed(model("b", '2').kind, video);
  EXPECT_EQ(embeddings.counts(model("a", '1').kind).embedded, 3);
  EXPECT_EQ(embeddings.counts(model("a", '1').kind).missing, 0);
  EXPECT_EQ(embeddings.counts(model("a", '1', "thirds").kind).missing, 3);
  models.remove("a");
  // Another name stands for the same.
  EXPECT_EQ(embeddings.counts(model("a", '1').kind).embedded, 3);
  models.remove("again");
  EXPECT_EQ(embeddings.counts(model("a", '1').kind).embedded, 0);
  EXPECT_EQ(embeddings.counts(model("b", '2').kind).embedded, 3);
  EXPECT_THROW(models.remove("a"), Error);
}

INSTANTIATE_TEST_SUITE_P(Databases, ModelsTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::catalog
