#pragma once

#include <filesystem>
#include <memory>

#include "catalog/catalog.h"
#include "storage/local_store.h"
#include "storage/workspace.h"

namespace heaters::app {

// The folder of an embedded installation: heaters.sqlite, store/ and workspace/.
class Home {
 public:
  // Creates what is missing.
  static std::unique_ptr<Home> create(const std::filesystem::path& path);
  // Throws NotFound when there is none: a command that only looks must not make one.
  static std::unique_ptr<Home> open(const std::filesystem::path& path);

  std::unique_ptr<db::Database> database;
  catalog::Catalog catalog;
  storage::LocalStore store;
  storage::Workspace workspace;

 private:
  explicit Home(const std::filesystem::path& path);
};

}  // namespace heaters::app
