#include "stages/search_model.h"

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/catalog.h"
#include "looks/look.h"
#include "media/rgb_maker.h"
#include "media/still_export.h"
#include "stages/embed.h"
#include "stages/image_look.h"
#include "stages/source_files.h"

namespace heaters::stages {

namespace {

encoders::Encoder open_encoder(const catalog::Model& model, sidecar::WorkerPool& pool,
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

// Of clips of one video, whose source is a file.
std::vector<catalog::Embedding> embeddings_by(encoders::Encoder& encoder, const std::filesystem::path& source,
                                              const media::FrameTable& table,
                                              std::span<const catalog::EmbeddedClip> clips,
                                              media::StillStrategy strategy, const std::stop_token& stop) {
  std::vector<FrameSpan> spans;
  spans.reserve(clips.size());
  for (const catalog::EmbeddedClip& clip : clips) spans.push_back(clip.span);
  BatchEncoder batches(encoder, spans.size(), stop);
  media::read_stills(source, table, spans, strategy, size_of(encoder.facts()), batches, stop);
  auto vectors = batches.finish();
  std::vector<catalog::Embedding> made;
  made.reserve(clips.size());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    made.push_back({clips[i].clip_id, clips[i].video_id, clips[i].span, std::move(vectors[i])});
  }
  return made;
}

// Whether it says nothing about one video alone.
bool ends_all(const Error& error) {
  return error.kind() == ErrorKind::Cancelled || error.kind() == ErrorKind::Conflict ||
         error.kind() == ErrorKind::Unavailable;
}

}  // namespace

catalog::Model find_model(db::Database& database, const std::optional<std::string>& name) {
  catalog::Models models(database);
  if (name && *name != catalog::Models::looks) return models.get(*name);
  const auto chosen = models.find_default();
  if (!name && chosen) return *chosen;
  return {.name = std::string(catalog::Models::looks),
          .kind = look_kind(),
          .path = std::nullopt,
          .dimensions = looks::look_dimensions,
          .is_default = !chosen};
}

encoders::Vector vector_of_image(const catalog::Model& model, const media::Frame& image,
                                 sidecar::WorkerPool& pool, const std::stop_token& stop) {
  if (!model.path) {
    const looks::Look look = look_of_image(image);
    return {look.begin(), look.end()};
  }
  encoders::Encoder encoder = open_encoder(model, pool, stop);
  return encoder.images(media::rgb_of_image(image, size_of(encoder.facts())), 1, stop).front();
}

encoders::Vector vector_of_text(const catalog::Model& model, const std::string& text,
                                sidecar::WorkerPool& pool, const std::stop_token& stop) {
  if (!model.has_text) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("search for \"{}\": \"{}\" does not understand words; a model with a text encoder does",
                    text, model.name));
  }
  return open_encoder(model, pool, stop).text(text, stop);
}

ModelFilling embed_by_model(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                            const catalog::Model& model, sidecar::WorkerPool& pool,
                            const std::stop_token& stop, const ProgressListener& on_progress) {
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
  std::int64_t done = 0;
  for (const auto clips : by_video(missing)) {
    const catalog::VideoId id = clips.front().video_id;
    try {
      const StoredSource source(database, store, workspace, id, stop);
      const auto table = stored_frame_table(workspace, store, catalog, id);
      const auto made = embeddings_by(encoder, source.path(), table, clips, *strategy, stop);
      db::Transaction transaction(database);
      embeddings.put(model.kind, made);
      transaction.commit();
      filling.clips += static_cast<int>(made.size());
    } catch (const Error& error) {
      if (ends_all(error)) throw;
      filling.failures.emplace_back(id, error);
    }
    done += static_cast<std::int64_t>(clips.size());
    progress.update(done);
  }
  return filling;
}

}  // namespace heaters::stages
