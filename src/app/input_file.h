#pragma once

#include <filesystem>

namespace heaters::app {

// Throws InvalidInput unless `path` names a regular file that can be read. NotFound, and exit code 1, is for
// things that the catalog is asked about.
void require_input_file(const std::filesystem::path& path);

}  // namespace heaters::app
