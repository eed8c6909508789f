#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace heaters::app {

// The files that a command line names: files themselves, the videos in folders and below them (told by their
// first bytes), and what patterns (* ? [...]) stand for that no shell has expanded; each once, in the order
// of the arguments and by name. Whether there may be more than one is up to the arguments, not to what is
// found.
struct DetectInputs {
  std::vector<std::filesystem::path> files;
  bool are_many = false;
};

// Throws InvalidInput for a folder or pattern without videos. Files that are named are not looked at.
DetectInputs find_detect_inputs(const std::vector<std::string>& arguments);

}  // namespace heaters::app
