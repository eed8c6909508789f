#include "stages/search_model.h"

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/catalog.h"
#include "looks/look.h"
#include "media/rgb_picture.h"
#include "media/still_export.h"
#include "stages/embed.h"
#include "stages/image_look.h"
#include "stages/source_files.h"

namespace heaters::stages {

namespace {

encoders::Encoder open_encoder(const SearchModel& model, sidecar::WorkerPool& pool,
                               const std::stop_token& stop) {
  encoders::Encoder encoder(pool, *model.path, stop);
  if (encoder.facts().digest != model.kind.model) {
    throw Error(ErrorKind::Conflict,
                fmt::format("use the model \"{}\": the file \"{}\" is another one than was registered; "
                            "register it under a name of its own",
                            model.name, model.path->string()));
  }
  return encoder;
}

media::PictureSize size_of(const encoders::ModelFacts& facts) {
  return {facts.width, facts.height};
}

// Gathers pictures until there are enough to encode at once.
class BatchEncoder : public media::RgbStillListener {
 public:
  BatchEncoder(encoders::Encoder& encoder, std::size_t spans, const std::stop_token& stop)
      : encoder_(encoder), stop_(stop), found_(spans) {}

  void on_begin() override {
    pixels_.clear();
    waiting_.clear();
    for (auto& each : found_) each.clear();
  }

  void on_still(std::size_t span, const std::vector<std::uint8_t>& rgb) override {
    pixels_.insert(pixels_.end(), rgb.begin(), rgb.end());
    waiting_.push_back(span);
    if (waiting_.size() == encoders::Encoder::most_pictures) encode();
  }

  // One for each span.
  std::vector<encoders::Vector> finish() {
    if (!waiting_.empty()) encode();
    std::vector<encoders::Vector> means;
    means.reserve(found_.size());
    for (const auto& vectors : found_) means.push_back(encoders::mean_direction(vectors));
    return means;
  }

 private:
  void encode() {
    auto vectors = encoder_.images(pixels_, static_cast<int>(waiting_.size()), stop_);
    for (std::size_t i = 0; i < vectors.size(); ++i) found_[waiting_[i]].push_back(std::move(vectors[i]));
    pixels_.clear();
    waiting_.clear();
  }

  encoders::Encoder& encoder_;
  const std::stop_token& stop_;
  std::vector<std::uint8_t> pixels_;
  std::vector<std::size_t> waiting_;  // whose pictures they are
  std::vector<std::vector<encoders::Vector>> found_;
};

// Whether it says nothing about one video alone.
bool ends_all(const Error& error) {
  return error.kind() == ErrorKind::Cancelled || error.kind() == ErrorKind::Conflict ||
         error.kind() == ErrorKind::Unavailable;
}

}  // namespace

SearchModel find_search_model(db::Database& database, const std::optional<std::string>& name) {
  catalog::Models models(database);
  const auto model = name ? models.find(*name) : models.find_default();
  if (model) return {model->name, model->kind, model->dimensions, model->has_text, model->path};
  if (name && *name != catalog::Models::looks) {
    throw Error(
        ErrorKind::NotFound,
        fmt::format("search by \"{}\": there is no model of that name; `heaters models` lists them", *name));
  }
  return {std::string(catalog::Models::looks), look_kind(), looks::look_dimensions, false, std::nullopt};
}

encoders::Vector vector_of_image(const SearchModel& model, const media::Frame& image,
                                 sidecar::WorkerPool& pool, const std::stop_token& stop) {
  if (!model.path) {
    const looks::Look look = look_of_image(image);
    return {look.begin(), look.end()};
  }
  encoders::Encoder encoder = open_encoder(model, pool, stop);
  return encoder.images(media::rgb_of_image(image, size_of(encoder.facts())), 1, stop).front();
}

encoders::Vector vector_of_text(const SearchModel& model, const std::string& text, sidecar::WorkerPool& pool,
                                const std::stop_token& stop) {
  if (!model.has_text) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("search for \"{}\": \"{}\" does not understand words; a model with a text encoder does",
                    text, model.name));
  }
  return open_encoder(model, pool, stop).text(text, stop);
}

ModelFilling embed_by_model(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                            const SearchModel& model, sidecar::WorkerPool& pool, const std::stop_token& stop,
                            const ProgressListener& on_progress) {
  HEATERS_CHECK(model.path.has_value());
  const auto strategy = media::parse_still_strategy(model.kind.strategy);
  HEATERS_CHECK(strategy.has_value());
  catalog::Embeddings embeddings(database);
  catalog::Catalog catalog(database);
  const auto missing = embeddings.missing(model.kind);
  ModelFilling filling;
  if (missing.empty()) return filling;
  encoders::Encoder encoder = open_encoder(model, pool, stop);
  ProgressThrottle progress("embed", "clips", static_cast<std::int64_t>(missing.size()), on_progress);
  for (std::size_t begin = 0; begin < missing.size();) {
    const catalog::VideoId id = missing[begin].video_id;
    std::vector<catalog::Embedding> made;
    std::vector<FrameSpan> spans;
    for (; begin < missing.size() && missing[begin].video_id == id; ++begin) {
      made.push_back({missing[begin].clip_id, id, missing[begin].span, {}});
      spans.push_back(missing[begin].span);
    }
    try {
      const StoredSource source(database, store, workspace, id, stop);
      const auto table = stored_frame_table(workspace, store, catalog, id);
      BatchEncoder batches(encoder, spans.size(), stop);
      media::read_stills(source.path(), table, spans, *strategy, size_of(encoder.facts()), batches, stop);
      auto vectors = batches.finish();
      for (std::size_t i = 0; i < made.size(); ++i) made[i].vector = std::move(vectors[i]);
      db::Transaction transaction(database);
      embeddings.put(model.kind, made);
      transaction.commit();
      filling.clips += static_cast<int>(made.size());
    } catch (const Error& error) {
      if (ends_all(error)) throw;
      filling.failures.emplace_back(id, error);
    }
    progress.update(static_cast<std::int64_t>(begin));
  }
  return filling;
}

}  // namespace heaters::stages
