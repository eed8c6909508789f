#include "app/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>

#include "base/error.h"
#include "base/file.h"

namespace heaters::app {

namespace {

[[noreturn]] void refuse(const std::string& name, const toml::node& node, const std::string& why) {
  throw Error(ErrorKind::InvalidInput,
              fmt::format("read \"{}\" line {}: {}", name, node.source().begin.line, why));
}

using Setter = std::function<void(const toml::node& node, const std::string& key, const std::string& name)>;

Setter integer_between(std::int64_t least, std::int64_t most, const std::function<void(std::int64_t)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::int64_t>();
    if (!value || *value < least || *value > most) {
      refuse(name, node, fmt::format("{} must be a whole number from {} to {}", key, least, most));
    }
    set(*value);
  };
}

Setter number_between(double least, double most, const std::function<void(double)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.is_number() ? node.value<double>() : std::nullopt;
    if (!value || !(*value >= least && *value <= most)) {
      refuse(name, node, fmt::format("{} must be a number from {} to {}", key, least, most));
    }
    set(*value);
  };
}

Setter text(const std::function<void(const std::string&)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) refuse(name, node, fmt::format("{} must be a text that is not empty", key));
    set(*value);
  };
}

constexpr std::array x264_presets = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                     "medium",    "slow",      "slower",   "veryslow"};

template <typename Choices>
Setter one_of(const Choices& choices, const std::function<void(const std::string&)>& set) {
  return [=](const toml::node& node, const std::string& key, const std::string& name) {
    const auto value = node.value_exact<std::string>();
    if (!value || std::find(choices.begin(), choices.end(), *value) == choices.end()) {
      std::string list;
      for (const char* choice : choices) list.append(list.empty() ? "" : ", ").append(choice);
      refuse(name, node, key + " must be one of " + list);
    }
    set(*value);
  };
}

std::map<std::string, Setter> setters(Config& config) {
  auto& proxy = config.ingest.proxy_profile;
  auto& limits = config.ingest.proxy_limits;
  auto& filmstrip = config.ingest.filmstrip;
  auto& shots = config.ingest.shots;
  return {
      {"home", text([&](const std::string& v) { config.home = v; })},
      {"proxy.short_side",
       integer_between(64, 2160, [&](auto v) { proxy.short_side = static_cast<int>(v); })},
      {"proxy.crf", integer_between(0, 51, [&](auto v) { proxy.crf = static_cast<int>(v); })},
      {"proxy.preset", one_of(x264_presets, [&](const std::string& v) { proxy.preset = v; })},
      {"proxy.keyframe_seconds", number_between(0.05, 10, [&](auto v) { proxy.keyframe_seconds = v; })},
      {"proxy.audio_bit_rate",
       integer_between(16'000, 512'000, [&](auto v) { proxy.audio_bit_rate = static_cast<int>(v); })},
      {"reuse.short_side_max",
       integer_between(64, 8192, [&](auto v) { limits.short_side_max = static_cast<int>(v); })},
      {"reuse.long_side_max",
       integer_between(64, 8192, [&](auto v) { limits.long_side_max = static_cast<int>(v); })},
      {"reuse.keyframe_gap_seconds_max",
       number_between(0.1, 3600, [&](auto v) { limits.keyframe_gap_seconds_max = v; })},
      {"reuse.bit_rate_max",
       integer_between(100'000, 10'000'000'000, [&](auto v) { limits.bit_rate_max = v; })},
      {"filmstrip.tile_box",
       integer_between(32, 640, [&](auto v) { filmstrip.tile_box = static_cast<int>(v); })},
      {"filmstrip.seconds_per_tile",
       number_between(0.1, 3600, [&](auto v) { filmstrip.seconds_per_tile = v; })},
      {"filmstrip.tiles_max",
       integer_between(10, 10'000, [&](auto v) { filmstrip.tiles_max = static_cast<int>(v); })},
      {"poster.short_side",
       integer_between(64, 2160, [&](auto v) { config.ingest.poster_short_side = static_cast<int>(v); })},
      {"shots.threshold", number_between(0, 1, [&](auto v) { shots.threshold = static_cast<float>(v); })},
      {"shots.min_shot", integer_between(1, 1'000'000, [&](auto v) { shots.min_shot = v; })},
  };
}

void apply_table(const toml::table& table, const std::string& prefix,
                 const std::map<std::string, Setter>& known, const std::string& name) {
  for (const auto& [key, node] : table) {
    const std::string path = prefix + std::string(key.str());
    if (const toml::table* inner = node.as_table()) {
      apply_table(*inner, path + ".", known, name);
      continue;
    }
    const auto setter = known.find(path);
    if (setter == known.end()) refuse(name, node, fmt::format("there is no setting \"{}\"", path));
    setter->second(node, path, name);
  }
}

}  // namespace

void apply_toml(Config& config, const std::string& toml_text, const std::string& name) {
  toml::table table;
  try {
    table = toml::parse(toml_text);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("read \"{}\" line {}: {}", name, error.source().begin.line, error.description()));
  }
  apply_table(table, "", setters(config), name);
}

std::vector<std::string> setting_names() {
  Config config;
  std::vector<std::string> names;
  for (const auto& [name, setter] : setters(config)) names.push_back(name);
  return names;
}

Config load_config(const std::optional<std::filesystem::path>& file) {
  Config config;
  const std::filesystem::path usual = "heaters.toml";
  std::error_code ignored;
  if (file && !std::filesystem::exists(*file, ignored)) {
    throw Error(ErrorKind::InvalidInput, fmt::format("read \"{}\": no such file", file->string()));
  }
  if (file || std::filesystem::exists(usual, ignored)) {
    const std::filesystem::path path = file.value_or(usual);
    apply_toml(config, read_text_file(path), path.string());
  }
  if (const char* home = std::getenv("HEATERS_HOME"); home != nullptr && *home != '\0') config.home = home;
  return config;
}

}  // namespace heaters::app
