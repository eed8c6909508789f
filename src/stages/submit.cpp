#include "stages/submit.h"

#include <fmt/format.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/submissions.h"
#include "jobs/queue.h"
#include "media/demuxer.h"
#include "stages/origin.h"
#include "stages/source_pass.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

Submitted enter(db::Database& database, const ChainArguments& arguments, const SubmitOptions& options) {
  db::Transaction transaction(database);
  catalog::Submissions(database).add({.video_id = *arguments.video_id,
                                      .origin = arguments.origin,
                                      .title = arguments.title,
                                      .is_copy = arguments.is_copy,
                                      .source_key = arguments.source_key});
  const jobs::NewJob job = chain_job(acquire_stage, arguments, options.node, options.affinity);
  const auto inserted = jobs::make_queue(database)->insert(std::span(&job, 1));
  transaction.commit();
  return {*arguments.video_id, inserted.front().id};
}

ChainArguments arguments_for(const std::string& origin, const SubmitOptions& options) {
  return {.video_id = catalog::VideoId::make(),
          .origin = origin,
          .title = title_of_origin(origin),
          .is_copy = options.is_copy,
          .shots = options.shots};
}

// What cannot be fetched again is stored before it is acknowledged.
void store_first(storage::Store& store, const fs::path& file, ChainArguments& arguments,
                 const std::stop_token& stop, const ProgressListener& on_progress) {
  // Refuses what is no video before it costs anything.
  const std::string container = media::Demuxer(file, stop).info().container;
  const std::string key = storage::video_key(arguments.video_id->text(), source_name(container));
  ProgressThrottle progress("publish", "bytes", static_cast<std::int64_t>(fs::file_size(file)), on_progress);
  arguments.source = store.put(key, file, [&](std::uint64_t done) {
    if (stop.stop_requested())
      throw Error(ErrorKind::Cancelled, fmt::format("store \"{}\": stopped", file.string()));
    progress.update(static_cast<std::int64_t>(done));
  });
  progress.finish(static_cast<std::int64_t>(arguments.source.bytes));
  arguments.source_key = key;
}

}  // namespace

Submitted submit_file(db::Database& database, storage::Store& store, const fs::path& file,
                      const SubmitOptions& options, const std::stop_token& stop,
                      const ProgressListener& on_progress) {
  ChainArguments arguments = arguments_for(origin_of_path(fs::absolute(file).lexically_normal()), options);
  const bool is_store_elsewhere = !store.local_path(storage::video_key(arguments.video_id->text(), "source"));
  const bool is_known = is_store_elsewhere && !options.is_copy &&
                        catalog::Catalog(database).find_by_source(digest_file(file).sha256).has_value();
  if (is_store_elsewhere && !is_known) store_first(store, file, arguments, stop, on_progress);
  try {
    return enter(database, arguments, options);
  } catch (...) {
    if (arguments.source_key) store.remove(*arguments.source_key);
    throw;
  }
}

}  // namespace heaters::stages
