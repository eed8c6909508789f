#pragma once

#include "base/json.h"
#include "catalog/exports.h"
#include "db/database.h"
#include "media/frame_table.h"

namespace heaters::documents {

// What is said about an export: docs/json.md, "export". The table is its video's.
Json export_json(db::Database& database, const catalog::Export& exported, const media::FrameTable& table);

}  // namespace heaters::documents
