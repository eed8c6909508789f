#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "app/python_workers.h"
#include "base/error.h"
#include "catalog/near_graph.h"
#include "catalog/server_vectors.h"
#include "stages/embed.h"
#include "stages/embed_by_model.h"
#include "stages/search_model.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

class EmbedCommand {
 public:
  EmbedCommand(const Config& config, const EmbedArguments& arguments, const std::stop_token& stop)
      : arguments_(arguments),
        stop_(stop),
        home_(Home::open(config)),
        models_(*home_->database),
        pool_(encoder_pool_options(config)) {}

  int run() {
    if (arguments_.model.empty()) {
      if (arguments_.becomes_default || says_how_to_register()) {
        throw Error(ErrorKind::InvalidInput, "embed: --name, --strategy and --default go with --model");
      }
      embed_looks();
      for (const catalog::Model& model : models_.list()) embed_by(model.name);
    } else {
      const std::string name = registered();
      embed_by(name);
      if (arguments_.becomes_default && failed_videos_ == 0) make_default(name);
    }
    set_up_server();
    report();
    return failed_videos_ == 0 ? 0 : 1;
  }

 private:
  bool says_how_to_register() const { return !arguments_.name.empty() || arguments_.strategy; }

  void embed_looks() {
    storage::Workspace& workspace = home_->workspace();
    const auto missing = stages::embed_from_looks(*home_->database, *home_->store, workspace, stop_);
    for (const catalog::VideoId& id : missing.videos) {
      stages::take_looks(*home_->database, *home_->store, workspace, id, stop_, progress_bar(id.text()));
      ++decoded_videos_;
    }
    const auto rest = stages::embed_from_looks(*home_->database, *home_->store, workspace, stop_);
    clips_ += missing.filled_clips + rest.filled_clips;
  }

  // The name that the model has, or gets: its file is told by looking into it.
  std::string registered() {
    std::error_code ignored;
    if (!fs::exists(arguments_.model, ignored)) {
      if (models_.find(arguments_.model)) {
        if (!says_how_to_register()) return arguments_.model;
        throw Error(ErrorKind::InvalidInput,
                    fmt::format("embed by \"{}\": --name and --strategy go with the file of a new model",
                                arguments_.model));
      }
      throw Error(ErrorKind::NotFound,
                  fmt::format("embed by \"{}\": neither a file nor the name of a model", arguments_.model));
    }
    const fs::path path = fs::absolute(arguments_.model).lexically_normal();
    const encoders::Encoder encoder(pool_, path, stop_);
    const encoders::ModelFacts& facts = encoder.facts();
    catalog::Model model{
        .name = arguments_.name.empty() ? path.stem().string() : arguments_.name,
        .kind = {facts.digest,
                 std::string(to_string(arguments_.strategy.value_or(media::StillStrategy::Midpoint)))},
        .path = path,
        .dimensions = facts.dimensions,
        .has_text = facts.has_text};
    db::Transaction transaction(*home_->database);
    models_.put(model);
    transaction.commit();
    return model.name;
  }

  void embed_by(const std::string& name) {
    const auto filling =
        stages::embed_by_model(*home_->database, *home_->store, home_->workspace(),
                               stages::find_model(*home_->database, name), pool_, stop_, progress_bar(name));
    clips_ += filling.clips;
    for (const auto& [id, error] : filling.failures) {
      print_error(fmt::format("heaters: embed video {} by \"{}\": {}", id.text(), name, error.what()));
    }
    failed_videos_ += static_cast<int>(filling.failures.size());
  }

  void make_default(const std::string& name) {
    db::Transaction transaction(*home_->database);
    models_.make_default(name);
    transaction.commit();
  }

  // Where the database compares vectors by itself it takes over, or goes on, with what there is by now.
  void set_up_server() {
    db::Database& database = *home_->database;
    if (!catalog::ServerVectors::set_up(database)) return;
    std::vector<catalog::Model> all = models_.list();
    all.push_back(stages::find_model(database, std::string(catalog::Models::looks)));
    for (const catalog::Model& model : all) {
      try {
        catalog::ServerVectors(database, model.kind, model.dimensions)
            .build_graph(catalog::NearGraph::exact_up_to);
      } catch (const Error& error) {
        print_error(fmt::format("heaters: build the graph of \"{}\": {}", model.name, error.what()));
      }
    }
  }

  void report() const {
    if (arguments_.json) {
      print_json({{"clips", clips_}, {"decoded_videos", decoded_videos_}, {"failed_videos", failed_videos_}});
    } else {
      print(fmt::format("{} clips embedded, {} videos decoded for looks, {} videos failed\n", clips_,
                        decoded_videos_, failed_videos_));
    }
  }

  const EmbedArguments& arguments_;
  const std::stop_token& stop_;
  std::unique_ptr<Home> home_;
  catalog::Models models_;
  sidecar::WorkerPool pool_;
  int clips_ = 0;
  int decoded_videos_ = 0;
  int failed_videos_ = 0;
};

}  // namespace

int run_embed(const Config& config, const EmbedArguments& arguments, const std::stop_token& stop) {
  return EmbedCommand(config, arguments, stop).run();
}

}  // namespace heaters::app
