#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/config.h"

namespace heaters::app {

// The commands of the program, with what the command line gave them. Each returns the exit code; failures
// that end the whole command are thrown.

struct IngestArguments {
  std::vector<std::string> files;
  bool json = false;
};
int run_ingest(const Config& config, const IngestArguments& arguments, const std::stop_token& stop);

enum class DetectFormat { Table, Csv, Json, Edl, Otio, Html };

struct DetectArguments {
  std::string file;
  DetectFormat format = DetectFormat::Table;
  std::optional<std::filesystem::path> output;  // stdout when absent
};
int run_detect(const Config& config, const DetectArguments& arguments, const std::stop_token& stop);

struct VideosArguments {
  bool json = false;
  int limit = 100;
  int offset = 0;
  std::string video_id;  // of `show`
};
int run_videos_list(const Config& config, const VideosArguments& arguments);
int run_videos_show(const Config& config, const VideosArguments& arguments);

struct ClipsArguments {
  bool json = false;
  std::string video_id;
};
int run_clips_list(const Config& config, const ClipsArguments& arguments);

}  // namespace heaters::app
