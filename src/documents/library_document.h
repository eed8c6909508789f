#pragma once

#include "base/json.h"
#include "catalog/library.h"

namespace heaters::documents {

// A submission and its video, as the library lists them.
Json library_entry_json(const catalog::LibraryEntry& entry);

}  // namespace heaters::documents
