#pragma once

#include <filesystem>
#include <stop_token>

#include "catalog/catalog.h"
#include "media/frame_table.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::stages {

// What is made from a video that is in the catalog needs its stored objects.

// The object of an artifact as a file of this machine, whose bytes are those that were stored. Throws
// NotFound when it is gone, Corrupt when it is another or cut short: nothing may be made of it then.
std::filesystem::path fetch_unchanged(storage::Workspace& workspace, storage::Store& store,
                                      const catalog::Artifact& artifact,
                                      const storage::WorkspaceFolder& folder,
                                      const ByteProgress& on_progress);

// The source of a video as a file, while the object lives, in a folder that no job shares. Throws as
// fetch_unchanged() does, and Cancelled.
class StoredSource {
 public:
  StoredSource(db::Database& database, storage::Store& store, storage::Workspace& workspace,
               const catalog::VideoId& id, const std::stop_token& stop);
  ~StoredSource() { folder_.discard(); }
  StoredSource(const StoredSource&) = delete;
  StoredSource& operator=(const StoredSource&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // A folder of its own, removed with it.
  storage::WorkspaceFolder& folder() { return folder_; }

 private:
  storage::WorkspaceFolder folder_;
  std::filesystem::path path_;
};

// The video's artifact of a kind. Throws NotFound.
catalog::Artifact artifact_of(catalog::Catalog& catalog, const catalog::VideoId& id, std::string_view kind);

media::FrameTable stored_frame_table(storage::Workspace& workspace, storage::Store& store,
                                     catalog::Catalog& catalog, const catalog::VideoId& id);

}  // namespace heaters::stages
