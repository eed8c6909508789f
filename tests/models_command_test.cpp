// Models of the user's: `heaters embed --model`, `heaters models`, `heaters search` for words, and the same
// by the API.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "fixtures/colour_model.h"
#include "fixtures/command.h"
#include "fixtures/installation.h"
#include "fixtures/web_server.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
using fixtures::Installation;
using testing::HasSubstr;
using testing::SizeIs;

// Three shots of one colour each, which is what the model of colour_model.py sees.
const std::vector<std::string> colours = {"red", "blue", "green"};

class ModelsCommandTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    video = ingest("colours.mp4", "30");
    for (const Json& clip : installation->run_json({"clips", "list", "--json", video}))
      clips.push_back(clip["clip_id"]);
    ASSERT_THAT(clips, SizeIs(3));
    fixtures::write_colour_model("torchscript", model);
  }

  std::string ingest(const std::string& name, const std::string& rate) {
    const fs::path file = directory.path() / name;
    std::vector<std::string> command = {"ffmpeg", "-v", "error"};
    for (const std::string& colour : colours) {
      command.insert(
          command.end(),
          {"-f", "lavfi", "-i", fmt::format("color=c={}:size=320x192:rate={}:duration=2", colour, rate)});
    }
    command.insert(command.end(), {"-filter_complex", "concat=n=3", "-c:v", "libx264", file.string()});
    fixtures::run_or_fail(command);
    std::vector<std::string> arguments = {"ingest", "--json", file.string()};
    if (!installation->is_embedded()) arguments.emplace_back("--work");
    return installation->run_json(arguments)["video_id"];
  }

  void split_first_clip(const std::string& id, int frame) {
    const Json clip = installation->run_json({"clips", "list", "--json", id})[0];
    const fixtures::WebServer server(*installation, {"--no-work"});
    const auto answer = server.post(
        "/api/v1/decisions",
        {{"video_id", id}, {"operation", "split"}, {"clips", {fixtures::seen_clip(clip)}}, {"frame", frame}});
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  // The clip found first.
  std::string first(const std::string& what, const std::string& by) {
    return installation->run_json({"search", "--json", what, "--model", by, "--limit", "1"})[0]["clip_id"];
  }

  Json model_named(const std::string& name) {
    for (const Json& each : installation->run_json({"models", "list", "--json"})) {
      if (each["name"] == name) return each;
    }
    return nullptr;
  }

  TemporaryDirectory directory;
  std::unique_ptr<Installation> installation = GetParam() ? Installation::embedded() : Installation::shared();
  std::string video;
  std::vector<std::string> clips;
  const fs::path model = directory.path() / "colour.pt";
};

TEST_P(ModelsCommandTest, WordsAndPicturesFindClips) {
  const Json made =
      installation->run_json({"embed", "--json", "--model", model.string(), "--name", "colours"});
  EXPECT_EQ(made["clips"], 3);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    EXPECT_EQ(first("something " + colours[i], "colours"), clips[i]);
  }
  const fs::path picture = directory.path() / "blue.png";
  fixtures::run_or_fail({"ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=blue:size=500x100",
                         "-frames:v", "1", picture.string()});
  EXPECT_EQ(first(picture.string(), "colours"), clips[1]);
  // Looks know no words.
  const auto refused = installation->run({"search", "something red", "--model", "looks"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("words"));
  EXPECT_EQ(installation->run({"search", "red", "--model", "unknown"}).exit_code, 1);
}

TEST_P(ModelsCommandTest, AServerFollowsTheDefault) {
  const fixtures::WebServer server(*installation, {"--no-work"});
  const auto ask = [&](const std::string& query) {
    const auto answer = server.get("/api/v1/clips?limit=1&" + query);
    return answer.status == 200 ? Json::parse(answer.body) : Json();
  };
  EXPECT_EQ(ask("like=" + clips[0])["model"], "looks");
  EXPECT_EQ(server.get("/api/v1/clips?text=red").status, 400);
  installation->run_json({"embed", "--json", "--model", model.string(), "--name", "colours", "--default"});
  const Json found = ask("text=the%20green%20one");
  EXPECT_EQ(found["model"], "colours");
  EXPECT_EQ(found["clips"][0]["clip_id"], clips[2]);
  EXPECT_EQ(ask("like=" + clips[0] + "&model=looks")["model"], "looks");
  EXPECT_EQ(Json::parse(server.get("/api/v1/models").body)["models"].size(), 2U);
  EXPECT_EQ(server.get("/api/v1/clips?text=red&model=none").status, 404);
}

TEST_P(ModelsCommandTest, OnlyWhatIsMissingIsMadeAndTheDefaultChangesAfterIt) {
  const fs::path onnx = directory.path() / "colour.onnx";
  fixtures::write_colour_model("onnx", onnx);
  installation->run_json({"embed", "--json", "--model", model.string(), "--default"});
  EXPECT_EQ(model_named("colour")["is_default"], true);
  // The next model is filled in while the first one answers.
  installation->run_json(
      {"embed", "--json", "--model", onnx.string(), "--name", "next", "--strategy", "thirds"});
  EXPECT_EQ(model_named("colour")["is_default"], true);
  EXPECT_EQ(model_named("next")["embedded_clips"], 3);
  EXPECT_EQ(installation->run_json({"search", "--json", "red"}).size(), 3U);
  // A new video: what was seen is not looked at again.
  ingest("more.mp4", "25");
  EXPECT_EQ(model_named("next")["missing_clips"], 3);
  EXPECT_THAT(installation->run({"search", "red"}).err, HasSubstr("heaters embed"));
  EXPECT_EQ(installation->run_json({"embed", "--json"})["clips"], 6);
  EXPECT_EQ(installation->run_json({"embed", "--json"})["clips"], 0);
  EXPECT_EQ(installation->run_json({"search", "--json", "red"}).size(), 6U);
  EXPECT_EQ(installation->run({"models", "default", "next"}).exit_code, 0);
  EXPECT_EQ(model_named("next")["is_default"], true);
  EXPECT_EQ(installation->run({"models", "remove", "colour"}).exit_code, 0);
  EXPECT_EQ(model_named("colour"), nullptr);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM embeddings WHERE strategy = 'midpoint'"), "0");
  EXPECT_EQ(installation->run({"models", "default", "looks"}).exit_code, 0);
  EXPECT_EQ(model_named("looks")["is_default"], true);
}

TEST_P(ModelsCommandTest, WorkersEmbedNewVideosAndMovedCuts) {
  const auto embed_jobs = [&](const std::string& state) {
    return installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_embed' AND state = '" +
                             state + "'");
  };
  const auto drain = [&] {
    const auto result = installation->run({"worker", "--drain"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  // Without models there is nothing to be done.
  drain();
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_embed'"), "0");
  installation->run_json({"embed", "--json", "--model", model.string()});
  const std::string other = ingest("more.mp4", "25");
  EXPECT_EQ(embed_jobs("available"), "1");
  drain();
  EXPECT_EQ(embed_jobs("completed"), "1");
  EXPECT_EQ(model_named("colour")["embedded_clips"], 6);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM cost_entries WHERE stage = 'embed' AND cpu_seconds > 0"),
            "1");

  split_first_clip(other, 10);
  EXPECT_EQ(model_named("colour")["missing_clips"], 2);
  drain();
  EXPECT_EQ(model_named("colour")["missing_clips"], 0);
  EXPECT_EQ(model_named("colour")["embedded_clips"], 7);
  // Its two parts are red; the other clips were left alone.
  EXPECT_EQ(embed_jobs("completed"), "2");
  EXPECT_EQ(
      installation->run_json({"search", "--json", "red", "--model", "colour", "--limit", "3"})[2]["video_id"],
      other);
  drain();
  EXPECT_EQ(embed_jobs("completed"), "2");
}

TEST_P(ModelsCommandTest, WhatAWorkerCannotEmbedIsToldByItsOneJob) {
  installation->run_json({"embed", "--json", "--model", model.string()});
  ingest("more.mp4", "25");
  fixtures::write_colour_model("onnx", model);  // another one in its place
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  // Another machine may have the right one.
  const Json jobs = installation->run_json({"jobs", "list", "--state", "retryable", "--json"});
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0]["queue"], "heaters_embed");
  EXPECT_THAT(jobs[0]["errors"][0]["error"].get<std::string>(), HasSubstr("another one than was registered"));
  EXPECT_EQ(model_named("colour")["missing_clips"], 3);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_embed'"), "1");
  // The right one is back, and the operator says so.
  fixtures::write_colour_model("torchscript", model);
  EXPECT_EQ(installation->run({"jobs", "retry", std::to_string(jobs[0]["job_id"].get<int>())}).exit_code, 0);
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_EQ(model_named("colour")["missing_clips"], 0);
  // A model that nobody wants any more fails no job.
  ingest("last.mp4", "24");
  EXPECT_EQ(installation->run({"models", "remove", "colour"}).exit_code, 0);
  EXPECT_EQ(installation->run({"worker", "--drain"}).exit_code, 0);
  EXPECT_EQ(installation->ask("SELECT count(*) FROM oban_jobs WHERE queue = 'heaters_embed' AND state <> "
                              "'completed'"),
            "0");
}

TEST_P(ModelsCommandTest, WhatIsNoModelLeavesNothing) {
  const fs::path text = directory.path() / "text.pt";
  write_text_file(text, "not a model");
  const auto refused = installation->run({"embed", "--model", text.string()});
  EXPECT_EQ(refused.exit_code, 2) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("text.pt"));
  EXPECT_EQ(model_named("text"), nullptr);
  EXPECT_EQ(installation->run({"embed", "--model", (directory.path() / "none.pt").string()}).exit_code, 1);
  EXPECT_EQ(installation->run({"embed", "--model", model.string(), "--name", "looks"}).exit_code, 2);
  EXPECT_EQ(installation->run({"embed", "--strategy", "thirds"}).exit_code, 2);
  // Registered, and then another file in its place: nothing of it gets among the old vectors.
  installation->run_json({"embed", "--json", "--model", model.string()});
  fixtures::write_colour_model("onnx", model);
  EXPECT_EQ(installation->run({"search", "red", "--model", "colour"}).exit_code, 1);
  EXPECT_EQ(installation->run({"embed", "--model", model.string()}).exit_code, 1);
  EXPECT_EQ(installation->run({"embed", "--model", "colour", "--name", "other"}).exit_code, 2);
  EXPECT_EQ(model_named("colour")["embedded_clips"], 3);
}

TEST_P(ModelsCommandTest, AVideoWhoseSourceIsGoneIsToldAndOthersAreEmbedded) {
  const std::string lost = ingest("lost.mp4", "25");
  const std::string key =
      installation->ask("SELECT key FROM artifacts WHERE kind = 'source' AND video_id = '" + lost + "'");
  if (installation->is_embedded()) {
    fs::remove(installation->home() / "store" / key);
  } else {
    // The row says that other bytes were stored.
    installation->connect()->execute("UPDATE artifacts SET sha256 = '" + std::string(64, '0') +
                                     "' WHERE key = '" + key + "'");
  }
  fs::remove_all(installation->home() / "workspace");
  const auto result =
      installation->run({"embed", "--json", "--model", model.string(), "--name", "colours", "--default"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr(lost));
  const Json told = Json::parse(result.out);
  EXPECT_EQ(told["clips"], 3);
  EXPECT_EQ(told["failed_videos"], 1);
  // Not before it has seen all clips.
  EXPECT_EQ(model_named("colours")["is_default"], false);
  EXPECT_EQ(first("red", "colours"), clips[0]);
}

INSTANTIATE_TEST_SUITE_P(Installations, ModelsCommandTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Embedded" : "PostgresAndS3"; });

}  // namespace
}  // namespace heaters
