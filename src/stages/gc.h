#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "db/database.h"
#include "storage/store.h"

namespace heaters::stages {

// How store and catalog differ.
struct Garbage {
  std::vector<storage::StoredObject> orphans;  // objects that no row names and no work will
  std::vector<std::string> missing;            // keys of rows whose object is gone
  std::vector<std::string> leftovers;          // what interrupted uploads left, a line about each
};

// Compares them. Objects younger than `grace` are left alone, and those of submissions in work. Removes the
// orphans and leftovers unless `is_dry_run`; what is missing cannot be mended here.
Garbage collect_garbage(db::Database& database, storage::Store& store, std::chrono::seconds grace,
                        bool is_dry_run);

}  // namespace heaters::stages
