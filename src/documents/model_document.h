#pragma once

#include "base/json.h"
#include "db/database.h"

namespace heaters::documents {

// What clips can be searched by, the built-in looks first, as docs/json.md describes it ("models").
Json models_json(db::Database& database);

}  // namespace heaters::documents
