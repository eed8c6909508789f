// Search by a PostgreSQL server that has pgvector: the same clips as are found in memory. The server is
// tests/pgvector/server.mjs.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "catalog/catalog.h"
#include "catalog/catalog_test_video.h"
#include "catalog/server_vectors.h"
#include "db/database.h"
#include "db/migrations.h"
#include "fixtures/process.h"
#include "search/clip_search.h"

namespace heaters {
namespace {

using catalog::EmbeddingKind;
using catalog::ServerVectors;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using Components = std::vector<std::int8_t>;

// Started once.
class Server {
 public:
  static const Server& shared() {
    static Server server;
    return server;
  }
  std::string location() const {
    return "postgres://postgres@127.0.0.1:" + port_ + "/postgres?sslmode=disable";
  }

 private:
  Server() {
    const auto port_file = directory_.path() / "port";
    for (int i = 0; i < 1200 && !std::filesystem::exists(port_file); ++i) {
      if (!process_.is_running()) {
        throw std::runtime_error("the server does not start: " +
                                 read_text_file(directory_.path() / "server.log"));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    port_ = read_text_file(port_file);
  }

  TemporaryDirectory directory_;
  fixtures::Process process_{{"node", HEATERS_SOURCE_DIR "/tests/pgvector/server.mjs", directory_.path()},
                             {.user = "", .output = directory_.path() / "server.log", .environment = {}}};
  std::string port_;
};

class PgvectorTest : public testing::Test {
 protected:
  static constexpr std::size_t dimensions = 32;

  // Nothing is left of the test before, whose connection was the same to the server.
  void SetUp() override {
    database->execute(
        "DEALLOCATE ALL; RESET ROLE; DROP SCHEMA IF EXISTS heaters CASCADE; DROP EXTENSION IF EXISTS vector "
        "CASCADE; DROP SCHEMA IF EXISTS extensions; RESET enable_sort; RESET "
        "enable_seqscan; SET search_path = heaters, public");
    db::migrate(*database);
  }

  // Videos of 100 clips, each with a direction of its own.
  catalog::VideoId add_video(const EmbeddingKind& of, std::size_t size = dimensions) {
    std::vector<FrameNumber> cuts;
    for (FrameNumber frame = 10; frame < 1000; frame += 10) cuts.push_back(frame);
    const auto id = catalog::record_video(*database, cuts, 1000);
    std::vector<catalog::Embedding> all;
    for (const catalog::Clip& clip : catalog::Catalog(*database).clips(id))
      all.push_back({clip.id, id, clip.span, any_direction(size)});
    catalog::Embeddings(*database).put(of, all);
    return id;
  }

  Components any_direction(std::size_t size = dimensions) {
    std::uniform_int_distribution<int> component(-128, 127);
    Components made(size);
    for (auto& each : made) each = static_cast<std::int8_t>(component(random));
    return made;
  }

  // By comparing all of them here.
  std::vector<search::ClipHit> expected(const Components& query) {
    catalog::Embeddings embeddings(*database);
    const auto clips = embeddings.embedded(kind);
    std::vector<catalog::ClipId> ids;
    ids.reserve(clips.size());
    for (const auto& clip : clips) ids.push_back(clip.clip_id);
    const auto all = embeddings.find(kind, ids);
    search::VectorIndex index({.dimensions = dimensions});
    std::vector<search::VectorIndex::Vector> vectors;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].vector.size() == dimensions)
        vectors.push_back({static_cast<std::uint32_t>(i), all[i].vector});
    }
    index.add(vectors);
    std::vector<search::ClipHit> hits;
    for (const auto& hit : index.nearest_exactly(query, clips.size())) {
      const catalog::Embedding& found = all[hit.number];
      hits.push_back({{found.clip_id, found.video_id, found.span}, hit.likeness});
    }
    std::sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) {
      return a.likeness != b.likeness ? a.likeness > b.likeness
                                      : a.clip.clip_id.text() < b.clip.clip_id.text();
    });
    return hits;
  }

  static void expect_same(const std::vector<search::ClipHit>& found,
                          std::span<const search::ClipHit> wanted) {
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].clip, wanted[i].clip) << i;
      EXPECT_NEAR(found[i].likeness, wanted[i].likeness, 1e-5) << i;
    }
  }

  std::int64_t ask(const std::string& sql) {
    db::Statement row = database->prepare(sql);
    return row.step() ? row.integer(0) : -1;
  }

  std::unique_ptr<db::Database> database = db::open(Server::shared().location());
  const EmbeddingKind kind{std::string(64, 'a'), "midpoint"};
  std::mt19937 random{20260801};
};

TEST_F(PgvectorTest, FindsWhatIsFoundInMemory) {
  // Before anybody has asked the server, and with others beside them.
  const auto first = add_video(kind);
  add_video({std::string(64, 'b'), "midpoint"});
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  ASSERT_TRUE(ServerVectors::are_there(*database));
  const Components query = any_direction();
  expect_same(search.nearest(*database, query, 300, 0, {}), expected(query));

  // What is written afterwards, and another direction of a clip that was there.
  const auto second = add_video(kind);
  const auto clip = catalog::Catalog(*database).clips(first)[7];
  const catalog::Embedding moved{clip.id, first, clip.span, query};
  catalog::Embeddings(*database).put(kind, std::span(&moved, 1));
  search.refresh(*database);
  const auto all = expected(query);
  ASSERT_THAT(all, SizeIs(200));
  EXPECT_EQ(all[0].clip.clip_id, clip.id);
  expect_same(search.nearest(*database, query, 300, 0, {}), all);
  // Page by page.
  expect_same(search.nearest(*database, query, 30, 60, {}), std::span(all).subspan(60, 30));
  EXPECT_THAT(search.nearest(*database, query, 30, 200, {}), IsEmpty());
  // Of one video only.
  const auto of_second = search.nearest(*database, query, 300, 0, {.video_id = second});
  EXPECT_THAT(of_second, SizeIs(100));
  for (const auto& hit : of_second) EXPECT_EQ(hit.clip.video_id, second);
  EXPECT_THAT(search.nearest(*database, query, 300, 0, {.most_seconds = 0.1}), IsEmpty());
  EXPECT_THROW(search.nearest(*database, any_direction(8), 1, 0, {}), Error);
}

TEST_F(PgvectorTest, TheExtensionMayLieInASchemaOfItsOwn) {
  database->execute("CREATE SCHEMA extensions; CREATE EXTENSION vector WITH SCHEMA extensions");
  add_video(kind);
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  ASSERT_TRUE(ServerVectors::are_there(*database));
  ServerVectors(*database, kind, dimensions).build_graph(50);
  // Whoever writes need not know of it.
  database->execute("SET search_path = heaters");
  add_video(kind);
  const Components query = any_direction();
  const auto all = expected(query);
  expect_same(search.nearest(*database, query, 10, 0, {}), std::span(all).first(10));
}

TEST_F(PgvectorTest, ClipsThatAreGoneMovedOrOfAnotherSizeAreNotFound) {
  const auto id = add_video(kind);
  add_video(kind, 8);
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  const Components query = any_direction();
  EXPECT_THAT(search.nearest(*database, query, 300, 0, {}), SizeIs(100));
  const auto clips = catalog::Catalog(*database).clips(id);
  database->prepare("UPDATE clips SET begin_frame = begin_frame + 1 WHERE id = ?")
      .bind(clips[3].id.text())
      .run();
  const auto found = search.nearest(*database, query, 300, 0, {});
  for (const auto& hit : found) EXPECT_NE(hit.clip.clip_id, clips[3].id);
  expect_same(found, expected(query));
}

TEST_F(PgvectorTest, BlackClipsAreLikeNothing) {
  const auto id = add_video(kind);
  const auto clips = catalog::Catalog(*database).clips(id);
  const catalog::Embedding black{clips[3].id, id, clips[3].span, Components(dimensions)};
  const catalog::Embedding unseen{clips[4].id, id, clips[4].span, {}};
  catalog::Embeddings(*database).put(kind, std::vector{black, unseen});
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  ASSERT_TRUE(ServerVectors::are_there(*database));
  for (const Components& query : {any_direction(), Components(dimensions)}) {
    const auto all = expected(query);
    ASSERT_THAT(all, SizeIs(99));
    expect_same(search.nearest(*database, query, 300, 0, {}), all);
  }
}

TEST_F(PgvectorTest, ManyEmbeddingsAreFilledInWhenSomebodySaysSo) {
  const auto id = add_video(kind);
  database
      ->prepare(
          "INSERT INTO embeddings (clip_id, model, strategy, video_id, begin_frame, end_frame, vector) "
          "SELECT "
          "lpad(i::text, 26, '0'), 'other', 'all', ?, 0, 1, 'AQID' FROM generate_series(1, 12000) AS i")
      .bind(id.text())
      .run();
  EXPECT_FALSE(ServerVectors::are_there(*database));
  EXPECT_TRUE(ServerVectors::set_up(*database));
  EXPECT_TRUE(ServerVectors::are_there(*database));
  EXPECT_EQ(ask("SELECT count(*) FROM embeddings WHERE direction::text = '[1,2,3]'"), 12'000);
  // Somebody takes the extension away, and regrets it.
  database->execute("DROP EXTENSION vector CASCADE");
  EXPECT_FALSE(ServerVectors::are_there(*database));
  EXPECT_TRUE(ServerVectors::set_up(*database));
  add_video(kind);
  EXPECT_TRUE(ServerVectors::are_there(*database));
}

TEST_F(PgvectorTest, WhoMayNotCreateItSearchesInMemory) {
  add_video(kind);
  database->execute(
      "DROP ROLE IF EXISTS guest; CREATE ROLE guest; GRANT USAGE ON SCHEMA heaters TO guest; GRANT ALL ON "
      "ALL TABLES IN SCHEMA heaters "
      "TO guest; SET ROLE guest");
  EXPECT_FALSE(ServerVectors::are_there(*database));
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  const Components query = any_direction();
  expect_same(search.nearest(*database, query, 300, 0, {}), expected(query));
}

TEST_F(PgvectorTest, AboveASizeAGraphIsSearched) {
  for (int i = 0; i < 10; ++i) add_video(kind);
  const auto graphs = [&] {
    return ask("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'embeddings_near_%'");
  };
  ASSERT_TRUE(ServerVectors::are_there(*database));
  ServerVectors vectors(*database, kind, dimensions);
  vectors.build_graph(1000);
  EXPECT_EQ(graphs(), 0);
  vectors.build_graph(900);
  vectors.build_graph(900);
  EXPECT_EQ(graphs(), 1);
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  // So few could as well be sorted.
  database->execute("SET enable_sort = off; SET enable_seqscan = off");
  const auto newest = add_video(kind);
  constexpr std::size_t page = 20;
  std::size_t right = 0;
  for (int i = 0; i < 20; ++i) {
    const Components query = any_direction();
    const auto all = expected(query);
    std::set<std::string> wanted;
    for (std::size_t k = 0; k < page; ++k) wanted.insert(all[k].clip.clip_id.text());
    const auto found = search.nearest(*database, query, page, 0, {});
    ASSERT_THAT(found, SizeIs(page));
    for (const auto& hit : found) right += wanted.count(hit.clip.clip_id.text());
    // However few the filter lets through, and however deep the page: exactly.
    EXPECT_THAT(search.nearest(*database, query, page, 80, {.video_id = newest}), SizeIs(page));
    expect_same(search.nearest(*database, query, page, 500, {}), std::span(all).subspan(500, page));
  }
  EXPECT_GT(right, 20 * page * 95 / 100);
  database->execute("SELECT pg_stat_force_next_flush()");
  EXPECT_GT(ask("SELECT sum(idx_scan) FROM pg_stat_user_indexes WHERE indexrelname LIKE 'embeddings_near_%'"),
            0);
  // Its making was broken off.
  database->execute(
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = (SELECT oid FROM pg_class WHERE relname "
      "LIKE "
      "'embeddings_near_%')");
  vectors.build_graph(900);
  EXPECT_EQ(ask("SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname LIKE "
                "'embeddings_near_%' AND indisvalid"),
            1);
}

TEST_F(PgvectorTest, ClustersAreMadeInMemory) {
  const auto first = add_video(kind);
  const auto second = add_video(kind);
  search::ClipSearch search({.kind = kind, .dimensions = dimensions});
  search.refresh(*database);
  const auto clip = catalog::Catalog(*database).clips(first)[5];
  const auto like_it = catalog::Catalog(*database).clips(second)[9];
  const catalog::Embedding copy{like_it.id, second, like_it.span,
                                *catalog::Embeddings(*database).vector_of(kind, clip.id)};
  catalog::Embeddings(*database).put(kind, std::span(&copy, 1));
  search.refresh(*database);
  const auto clusters = search.clusters(*database, 0.99F, {});
  ASSERT_THAT(clusters, SizeIs(1));
  EXPECT_EQ(clusters[0].clips[0].clip.clip_id, clip.id);
  EXPECT_EQ(clusters[0].clips[1].clip.clip_id, like_it.id);
}

}  // namespace
}  // namespace heaters
