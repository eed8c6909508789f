#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "catalog/embeddings.h"
#include "catalog/models.h"
#include "db/database.h"
#include "encoders/encoder.h"
#include "media/frame.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// The model of a name, the built-in looks by theirs; nullopt: the default. Throws NotFound.
catalog::Model find_model(db::Database& database, const std::optional<std::string>& name);

// What a model sees in an image that media::read_image() gave, or in a text; what to search with. `pool`: of
// workers that encode. Throws as encoders::Encoder does.
encoders::Vector vector_of_image(const catalog::Model& model, const media::Frame& image,
                                 sidecar::WorkerPool& pool, const std::stop_token& stop);
encoders::Vector vector_of_text(const catalog::Model& model, const std::string& text,
                                sidecar::WorkerPool& pool, const std::stop_token& stop);

struct ModelFilling {
  int clips = 0;
  std::vector<std::pair<catalog::VideoId, Error>> failures;  // the clips of these are left without
};

// Embeds the clips that lack a model's embedding of their present span. Each video's source is fetched once,
// only the groups of pictures that the strategy's frames lie in are decoded, and each video is a transaction.
// Throws Conflict when the model's file is another one than was registered.
ModelFilling embed_by_model(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                            const catalog::Model& model, sidecar::WorkerPool& pool,
                            const std::stop_token& stop, const ProgressListener& on_progress);

}  // namespace heaters::stages
