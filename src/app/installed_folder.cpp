#include "app/installed_folder.h"

namespace heaters::app {

std::filesystem::path installed_folder(const std::string& name, const std::filesystem::path& where_built) {
  std::error_code code;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", code);
  if (code) return where_built;
  auto installed = program.parent_path().parent_path() / "share/heaters" / name;
  return std::filesystem::is_directory(installed, code) ? installed : where_built;
}

}  // namespace heaters::app
