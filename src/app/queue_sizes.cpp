#include "app/queue_sizes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "stages/chain.h"
#include "stages/embed_by_model.h"
#include "stages/export.h"

namespace heaters::app {

namespace {

struct Part {
  const char* name;
  int QueueSizes::* size;
  const stages::Stage& stage;
};

constexpr std::array<Part, 5> parts = {{{"acquire", &QueueSizes::acquire, stages::acquire_stage},
                                        {"ingest", &QueueSizes::ingest, stages::ingest_stage},
                                        {"publish", &QueueSizes::publish, stages::publish_stage},
                                        {"export", &QueueSizes::export_clips, stages::export_stage},
                                        {"embed", &QueueSizes::embed, stages::embed_stage}}};

int parse_size(std::string_view text) {
  constexpr int most = 1000;
  int size = -1;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  return error == std::errc() && stop == text.data() + text.size() && size <= most ? size : -1;
}

}  // namespace

QueueSizes parse_queue_sizes(const std::string& text) {
  QueueSizes sizes = QueueSizes::none();
  std::istringstream entries(text);
  for (std::string entry; std::getline(entries, entry, ',');) {
    const auto equals = entry.find('=');
    const std::string name = entry.substr(0, equals);
    const int size = equals == std::string::npos ? 1 : parse_size(std::string_view(entry).substr(equals + 1));
    bool is_known = false;
    for (const Part& part : parts) {
      if (name != part.name) continue;
      is_known = true;
      sizes.*part.size = size;
    }
    if (!is_known || size < 0) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("read --queues: \"{}\" is not acquire, ingest, publish, export or embed with a "
                              "number from 0 to 1000",
                              entry));
    }
  }
  return sizes;
}

std::string to_text(const QueueSizes& sizes) {
  std::string text;
  for (const Part& part : parts) {
    if (sizes.*part.size > 0)
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", part.name, sizes.*part.size);
  }
  return text;
}

QueueSizes without(QueueSizes sizes, const QueueSizes& others) {
  for (const Part& part : parts) {
    if (others.*part.size > 0) sizes.*part.size = 0;
  }
  return sizes;
}

std::vector<std::pair<std::string, int>> job_queues(const QueueSizes& sizes) {
  std::vector<std::pair<std::string, int>> queues;
  for (const Part& part : parts) {
    if (sizes.*part.size > 0) queues.emplace_back(part.stage.queue, sizes.*part.size);
  }
  return queues;
}

}  // namespace heaters::app
