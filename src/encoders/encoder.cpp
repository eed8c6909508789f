#include "encoders/encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/base64.h"
#include "base/check.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

namespace heaters::encoders {

namespace {

constexpr std::chrono::minutes longest_task{10};

void log_event(const Json& event) {
  if (event.value("event", "") != "log") return;
  log(LogLevel::Debug, "encoder.log", {{"message", event.value("message", "")}});
}

}  // namespace

Encoder::Encoder(sidecar::WorkerPool& pool, std::filesystem::path model, const std::stop_token& stop)
    : pool_(pool), model_(std::move(model)) {
  const Json answer = run("encoder.describe", Json::object(), stop);
  try {
    facts_ = {.digest = answer.at("model"),
              .runtime = answer.at("runtime"),
              .width = answer.at("width"),
              .height = answer.at("height"),
              .dimensions = answer.at("dimensions"),
              .has_text = answer.at("has_text")};
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::Internal, fmt::format("describe a model: the worker's answer: {}", error.what()));
  }
}

Json Encoder::run(const char* task, Json arguments, const std::stop_token& stop) {
  arguments["path"] = model_.string();
  if (!facts_.digest.empty()) arguments["model"] = facts_.digest;
  return pool_.run({.task = task, .arguments = std::move(arguments), .deadline = longest_task}, log_event,
                   stop);
}

std::vector<Vector> Encoder::images(std::span<const std::uint8_t> rgb, int count,
                                    const std::stop_token& stop) {
  HEATERS_CHECK(count > 0 && count <= most_pictures);
  const TemporaryDirectory directory;
  const auto file = directory.path() / "pictures";
  write_file(file, std::as_bytes(rgb));
  return vectors_in(run("encoder.images", {{"pixels", file.string()}, {"count", count}}, stop),
                    static_cast<std::size_t>(count));
}

Vector Encoder::text(const std::string& text, const std::stop_token& stop) {
  return vectors_in(run("encoder.texts", {{"texts", Json::array({text})}}, stop), 1).front();
}

std::vector<Vector> Encoder::vectors_in(const Json& answer, std::size_t count) const {
  std::vector<Vector> vectors;
  const auto found = answer.find("vectors");
  if (found == answer.end() || !found->is_array() || found->size() != count) {
    throw Error(ErrorKind::Internal, fmt::format("encode: the worker did not answer with {} vectors", count));
  }
  vectors.reserve(count);
  for (const Json& each : *found) {
    auto vector = base64_decoded_signed(each.get<std::string>());
    if (!vector || vector->size() != facts_.dimensions) {
      throw Error(ErrorKind::Internal, "encode: what the worker answers is no vector of the model's length");
    }
    vectors.push_back(*std::move(vector));
  }
  return vectors;
}

Vector mean_direction(std::span<const Vector> vectors) {
  if (vectors.empty()) return {};
  std::vector<double> sum(vectors.front().size());
  for (const Vector& vector : vectors) {
    double square = 0;
    for (const std::int8_t each : vector) square += static_cast<double>(each) * each;
    if (square == 0) continue;
    const double scale = 1 / std::sqrt(square);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += scale * vector[i];
  }
  double largest = 0;
  for (const double each : sum) largest = std::max(largest, std::abs(each));
  Vector mean(sum.size());
  if (largest == 0) return mean;
  std::transform(sum.begin(), sum.end(), mean.begin(),
                 [&](double each) { return static_cast<std::int8_t>(std::lround(each / largest * 127)); });
  return mean;
}

}  // namespace heaters::encoders
