#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/json.h"
#include "sidecar/worker_pool.h"

namespace heaters::encoders {

// The module of the worker that has the tasks.
inline constexpr const char* encoder_module = "heaters_worker.encoders";

// A direction, one signed byte a dimension.
using Vector = std::vector<std::int8_t>;

// What a model says about itself.
struct ModelFacts {
  std::string digest;   // SHA-256, of all files that decide what comes out
  std::string runtime;  // "torch 1.13.1"
  int width = 0;        // of the pictures that it takes
  int height = 0;
  std::size_t dimensions = 0;
  bool has_text = false;
};

// Pictures and texts as directions, by a model file of the user's in the workers of a pool, each of which
// loads it once: docs/models.md. Borrows the pool. Not thread-safe; several of them may share a pool.
class Encoder {
 public:
  // Throws InvalidInput for a file that is no model, NotFound, Unsupported when its runtime is not installed,
  // Unavailable when the worker died, Cancelled.
  Encoder(sidecar::WorkerPool& pool, std::filesystem::path model, const std::stop_token& stop);

  const ModelFacts& facts() const { return facts_; }

  static constexpr int most_pictures = 32;  // at once

  // `rgb`: pictures of the size that facts() tells, one behind the other, rows of R, G and B bytes. Throws as
  // the constructor, and Conflict when the model's file is another one by now.
  std::vector<Vector> images(std::span<const std::uint8_t> rgb, int count, const std::stop_token& stop);

  // Throws Unsupported when the model has no text encoder.
  Vector text(const std::string& text, const std::stop_token& stop);

 private:
  Json run(const char* task, Json arguments, const std::stop_token& stop);
  std::vector<Vector> vectors_in(const Json& answer, std::size_t count) const;

  sidecar::WorkerPool& pool_;
  std::filesystem::path model_;
  ModelFacts facts_;
};

// The direction between some, each counting the same.
Vector mean_direction(std::span<const Vector> vectors);

}  // namespace heaters::encoders
