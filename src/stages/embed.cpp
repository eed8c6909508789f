#include "stages/embed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "media/demuxer.h"
#include "media/media_pass.h"
#include "stages/shot_sink.h"
#include "stages/source_files.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace {

constexpr const char* looks_file = "looks.hlk";
constexpr const char* looks_made_by = "embed/1";

bool has_looks(catalog::Catalog& catalog, const catalog::VideoId& id) {
  return catalog.find_artifact(storage::video_key(id.text(), looks_file)).has_value();
}

// Clips that come video by video, as Embeddings::missing() gives them: those of each.
std::vector<std::span<const catalog::EmbeddedClip>> by_video(std::span<const catalog::EmbeddedClip> clips) {
  std::vector<std::span<const catalog::EmbeddedClip>> all;
  for (std::size_t begin = 0; begin < clips.size(); begin += all.back().size()) {
    const auto rest = clips.subspan(begin);
    const auto end = std::find_if(rest.begin(), rest.end(), [&](const catalog::EmbeddedClip& clip) {
      return clip.video_id != rest.front().video_id;
    });
    all.push_back(rest.first(static_cast<std::size_t>(end - rest.begin())));
  }
  return all;
}

}  // namespace

catalog::EmbeddingKind look_kind() {
  return {looks::look_version, "all"};
}

std::vector<catalog::Embedding> embeddings_of_looks(const looks::LookTrack& track,
                                                    std::span<const catalog::EmbeddedClip> clips) {
  std::vector<catalog::Embedding> all;
  all.reserve(clips.size());
  for (const catalog::EmbeddedClip& clip : clips) {
    const looks::Look look = track.look_of(clip.span);
    all.push_back({clip.clip_id, clip.video_id, clip.span, {look.begin(), look.end()}});
  }
  return all;
}

MissingLooks embed_from_looks(db::Database& database, storage::Store& store,
                              const storage::Workspace& workspace, const std::stop_token& stop) {
  catalog::Embeddings embeddings(database);
  catalog::Catalog catalog(database);
  const auto missing = embeddings.missing(look_kind());
  MissingLooks result;
  for (const auto clips : by_video(missing)) {
    if (stop.stop_requested()) throw Error(ErrorKind::Cancelled, "embed clips: stopped");
    const catalog::VideoId id = clips.front().video_id;
    if (!has_looks(catalog, id)) {
      result.videos.push_back(id);
      continue;
    }
    const auto track =
        looks::LookTrack::decode(workspace.read(store, storage::video_key(id.text(), looks_file)));
    db::Transaction transaction(database);
    embeddings.put(look_kind(), embeddings_of_looks(track, clips));
    transaction.commit();
    result.filled_clips += static_cast<int>(clips.size());
  }
  return result;
}

void take_looks(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                const catalog::VideoId& id, const std::stop_token& stop,
                const ProgressListener& on_progress) {
  StoredSource source(database, store, workspace, id, stop);
  media::Demuxer demuxer(source.path(), stop);
  ShotSink sink(demuxer.info().video.time_base);
  media::run_media_pass(demuxer, {.frames = {&sink}, .audio = {}, .packets = {}}, stop, on_progress);
  const auto file = source.folder().path() / looks_file;
  write_file(file, sink.looks().encode());
  const std::string key = storage::video_key(id.text(), looks_file);
  const FileDigest digest = store.put(key, file);
  db::Transaction transaction(database);
  catalog::Catalog(database).add_artifact(
      id, {key, "looks", digest.bytes, digest.sha256, looks_made_by, store.storage_class()});
  transaction.commit();
}

}  // namespace heaters::stages
