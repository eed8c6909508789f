#include "app/home.h"

#include <fmt/format.h>

#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace heaters::app {

namespace {
std::filesystem::path database_of(const std::filesystem::path& home) {
  return home / "heaters.sqlite";
}
}  // namespace

Home::Home(const std::filesystem::path& path)
    : catalog(database_of(path)), store(path / "store"), workspace(path / "workspace") {}

std::unique_ptr<Home> Home::create(const std::filesystem::path& path) {
  create_folder(path);
  return std::unique_ptr<Home>(new Home(path));
}

std::unique_ptr<Home> Home::open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(database_of(path), ignored)) {
    throw Error(ErrorKind::NotFound,
                fmt::format("open the home \"{}\": there is none yet; `heaters ingest FILE` makes one",
                            path.string()));
  }
  return std::unique_ptr<Home>(new Home(path));
}

}  // namespace heaters::app
