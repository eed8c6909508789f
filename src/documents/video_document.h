#pragma once

#include "base/json.h"
#include "catalog/video.h"
#include "db/database.h"
#include "media/frame_table.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::documents {

// The JSON that the command line prints and the web API answers: one shape for both, described in
// docs/json.md. Here is what it says about videos and clips.

// What documents are made from; borrowed.
struct Sources {
  db::Database& database;
  storage::Store& store;
  const storage::Workspace& workspace;
};

// Of the row alone, as lists have it.
Json video_summary_json(const catalog::Video& video);

// With cuts, clips and artifacts. Reads the frame table from the store. Throws Error as the store does.
Json video_json(const Sources& sources, const catalog::Video& video);

// The clips of a video.
Json clips_json(const Sources& sources, const catalog::Video& video);

// One clip; the table is the video's.
Json clip_json(const catalog::Clip& clip, const media::FrameTable& table);

}  // namespace heaters::documents
