#include "stages/source_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/id.h"

namespace heaters::stages {

std::filesystem::path fetch_unchanged(storage::Workspace& workspace, storage::Store& store,
                                      const catalog::Artifact& artifact,
                                      const storage::WorkspaceFolder& folder,
                                      const ByteProgress& on_progress) {
  const FileDigest expected{artifact.bytes, artifact.sha256};
  const std::filesystem::path path = workspace.fetch(store, artifact.key, expected, folder);
  const std::string attempt = fmt::format("read \"{}\" in {}", artifact.key, store.name());
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  if (code) throw Error(ErrorKind::NotFound, attempt + ": it is not there any more");
  if (bytes != artifact.bytes) {
    throw Error(ErrorKind::Corrupt, fmt::format("{}: it has {} bytes, and had {} when it was stored", attempt,
                                                bytes, artifact.bytes));
  }
  if (digest_file(path, on_progress).sha256 != artifact.sha256) {
    throw Error(ErrorKind::Corrupt, attempt + ": its bytes are not those that were stored (SHA-256)");
  }
  return path;
}

catalog::Artifact artifact_of(catalog::Catalog& catalog, const catalog::VideoId& id, std::string_view kind) {
  auto artifacts = catalog.artifacts(id);
  const auto found =
      std::find_if(artifacts.begin(), artifacts.end(), [&](const auto& each) { return each.kind == kind; });
  if (found == artifacts.end()) {
    throw Error(ErrorKind::NotFound, fmt::format("find the {} of video {}: it has none", kind, id.text()));
  }
  return *found;
}

media::FrameTable stored_frame_table(storage::Workspace& workspace, storage::Store& store,
                                     catalog::Catalog& catalog, const catalog::VideoId& id) {
  return media::FrameTable::decode(workspace.read(store, artifact_of(catalog, id, "frame_table").key));
}

namespace {

storage::WorkspaceFolder open_new_folder(storage::Workspace& workspace) {
  auto folder = workspace.try_open(new_ulid());
  if (!folder) throw Error(ErrorKind::Internal, "fetch a source: no folder in the workspace");
  return *std::move(folder);
}

}  // namespace

StoredSource::StoredSource(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                           const catalog::VideoId& id, const std::stop_token& stop)
    : folder_(open_new_folder(workspace)) {
  catalog::Catalog catalog(database);
  try {
    path_ =
        fetch_unchanged(workspace, store, artifact_of(catalog, id, "source"), folder_, [&](std::uint64_t) {
          if (stop.stop_requested()) throw Error(ErrorKind::Cancelled, "fetch a source: stopped");
        });
  } catch (...) {
    folder_.discard();
    throw;
  }
}

}  // namespace heaters::stages
