#pragma once

#include "base/json.h"
#include "catalog/prices.h"
#include "db/database.h"

namespace heaters::documents {

// What an installation is doing and what that costs, for operators; docs/json.md lists the members. Of the
// last `days` days, the present one included. Throws Error as db::Database does.
Json system_json(db::Database& database, const catalog::Prices& prices, int days);

}  // namespace heaters::documents
