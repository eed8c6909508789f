#include "stages/search_model.h"

#include <fmt/format.h>

#include "looks/look.h"
#include "media/rgb_maker.h"
#include "stages/embed.h"
#include "stages/image_look.h"

namespace heaters::stages {

media::PictureSize picture_size(const encoders::ModelFacts& facts) {
  return {facts.width, facts.height};
}

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
  return encoder.images(media::rgb_of_image(image, picture_size(encoder.facts())), 1, stop).front();
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

}  // namespace heaters::stages
