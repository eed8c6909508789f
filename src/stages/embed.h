#pragma once

#include <span>
#include <stop_token>
#include <vector>

#include "base/progress.h"
#include "catalog/catalog.h"
#include "catalog/embeddings.h"
#include "db/database.h"
#include "looks/look_track.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// The built-in kind of embedding: looks, of all samples of a clip.
catalog::EmbeddingKind look_kind();

// Of every clip of a list the mean look of its span.
std::vector<catalog::Embedding> embeddings_of_looks(const looks::LookTrack& track,
                                                    std::span<const catalog::EmbeddedClip> clips);

// What filling in left to do.
struct MissingLooks {
  int filled_clips = 0;
  std::vector<catalog::VideoId> videos;  // without looks: ingested before there were any
};

// Embeds clips that lack it, new ones and those whose cuts were moved, from the looks that were taken when
// their video was ingested: nothing is decoded. One small object is read for each video.
MissingLooks embed_from_looks(db::Database& database, storage::Store& store,
                              const storage::Workspace& workspace, const std::stop_token& stop);

// Takes the looks of a video that has none, by decoding its source once, and stores them.
void take_looks(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                const catalog::VideoId& id, const std::stop_token& stop, const ProgressListener& on_progress);

}  // namespace heaters::stages
