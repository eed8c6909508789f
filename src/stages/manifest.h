#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "catalog/video.h"

namespace heaters::stages {

// What ingest leaves in the workspace for publish: the video without what only publishing tells, its cuts
// and keyframes, and the files that are to be put.
struct Manifest {
  struct File {
    std::string kind;
    std::string name;  // in the folder, and the last part of its key
    bool operator==(const File&) const = default;
  };

  catalog::IngestedVideo ingested;
  std::vector<File> files;  // without the source

  void write(const std::filesystem::path& directory) const;
  // nullopt when there is none, or files of it are missing.
  static std::optional<Manifest> read(const std::filesystem::path& directory);
};

}  // namespace heaters::stages
