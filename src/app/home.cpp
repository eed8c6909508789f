#include "app/home.h"

#include <fmt/format.h>

#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "db/migrations.h"

namespace heaters::app {

namespace {
std::filesystem::path database_of(const std::filesystem::path& home) {
  return home / "heaters.sqlite";
}
}  // namespace

Home::Home(const std::filesystem::path& path)
    : database(db::open(database_of(path))),
      catalog(*database),
      store(path / "store"),
      workspace(path / "workspace") {}

std::unique_ptr<Home> Home::create(const std::filesystem::path& path) {
  create_folder(path);
  auto home = std::unique_ptr<Home>(new Home(path));
  db::migrate(*home->database);
  return home;
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
