#pragma once

#include <filesystem>
#include <string>

namespace heaters::app {

// A folder of files that belong to the program: where it was installed (<prefix>/share/heaters/<name> beside
// <prefix>/bin), or where it was built.
std::filesystem::path installed_folder(const std::string& name, const std::filesystem::path& where_built);

}  // namespace heaters::app
