#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "catalog/models.h"
#include "db/database.h"
#include "encoders/encoder.h"
#include "media/frame.h"
#include "media/picture_geometry.h"

namespace heaters::stages {

// The model of a name, the built-in looks by theirs; nullopt: the default. Throws NotFound.
catalog::Model find_model(db::Database& database, const std::optional<std::string>& name);

// Of the pictures that it takes.
media::PictureSize picture_size(const encoders::ModelFacts& facts);

// What a model sees in an image that media::read_image() gave, or in a text; what to search with. `pool`: of
// workers that encode. Throws as encoders::Encoder does.
encoders::Vector vector_of_image(const catalog::Model& model, const media::Frame& image,
                                 sidecar::WorkerPool& pool, const std::stop_token& stop);
encoders::Vector vector_of_text(const catalog::Model& model, const std::string& text,
                                sidecar::WorkerPool& pool, const std::stop_token& stop);

// The encoder of a registered model. Throws Conflict when its file is another one than was registered.
encoders::Encoder open_encoder(const catalog::Model& model, sidecar::WorkerPool& pool,
                               const std::stop_token& stop);

}  // namespace heaters::stages
