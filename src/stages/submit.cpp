#include "stages/submit.h"

#include <fmt/format.h>

#include "base/error.h"
#include "catalog/catalog.h"
#include "catalog/cost_ledger.h"
#include "catalog/submissions.h"
#include "jobs/queue.h"
#include "media/demuxer.h"
#include "stages/origin.h"
#include "stages/source_pass.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

// What storing the source took, on the account of the video.
catalog::Usage usage_between(const storage::StoreUsage& before, const storage::StoreUsage& after) {
  return {.put_requests = after.put_requests - before.put_requests,
          .delete_requests = after.delete_requests - before.delete_requests,
          .bytes_sent = after.bytes_sent - before.bytes_sent,
          .bytes_received = after.bytes_received - before.bytes_received};
}

Submitted enter(db::Database& database, const ChainArguments& arguments, const SubmitOptions& options,
                const catalog::Usage& usage) {
  db::Transaction transaction(database);
  if (usage.put_requests > 0) {
    catalog::CostLedger(database).add(
        {arguments.video_id->text(), "submit", options.node.value_or(""), usage});
  }
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

void stop_if_asked(const std::stop_token& stop, const fs::path& file) {
  if (stop.stop_requested())
    throw Error(ErrorKind::Cancelled, fmt::format("store \"{}\": stopped", file.string()));
}

// The video that the same bytes are already.
std::optional<catalog::Video> find_in_catalog(db::Database& database, const fs::path& file,
                                              const std::stop_token& stop,
                                              const ProgressListener& on_progress) {
  ProgressThrottle progress("hash", "bytes", static_cast<std::int64_t>(fs::file_size(file)), on_progress);
  const FileDigest digest = digest_file(file, [&](std::uint64_t done) {
    stop_if_asked(stop, file);
    progress.update(static_cast<std::int64_t>(done));
  });
  progress.finish(static_cast<std::int64_t>(digest.bytes));
  return catalog::Catalog(database).find_by_source(digest.sha256);
}

// What cannot be fetched again is stored before it is acknowledged.
void store_first(storage::Store& store, const fs::path& file, ChainArguments& arguments,
                 const std::stop_token& stop, const ProgressListener& on_progress) {
  // Refuses what is no video before it costs anything.
  const std::string container = media::Demuxer(file, stop).info().container;
  const std::string key = storage::video_key(arguments.video_id->text(), source_name(container));
  ProgressThrottle progress("publish", "bytes", static_cast<std::int64_t>(fs::file_size(file)), on_progress);
  arguments.source = store.put(key, file, [&](std::uint64_t done) {
    stop_if_asked(stop, file);
    progress.update(static_cast<std::int64_t>(done));
  });
  progress.finish(static_cast<std::int64_t>(arguments.source.bytes));
  arguments.source_key = key;
}

// Entered for the record: there is nothing to be done.
Submitted enter_duplicate(db::Database& database, const ChainArguments& arguments,
                          const catalog::VideoId& original) {
  db::Transaction transaction(database);
  catalog::Submissions submissions(database);
  submissions.add({.video_id = *arguments.video_id, .origin = arguments.origin, .title = arguments.title});
  submissions.duplicate(*arguments.video_id, original);
  transaction.commit();
  return {*arguments.video_id, 0};
}

}  // namespace

Submitted submit_file(db::Database& database, storage::Store& store, const fs::path& file,
                      const SubmitOptions& options, const std::stop_token& stop,
                      const ProgressListener& on_progress) {
  ChainArguments arguments = arguments_for(origin_of_path(fs::absolute(file).lexically_normal()), options);
  const storage::StoreUsage before = store.usage();
  if (!store.local_path(storage::video_key(arguments.video_id->text(), "source"))) {
    // Asked before it is stored, not by the chain: workers elsewhere could not read it.
    const auto known = options.is_copy ? std::nullopt : find_in_catalog(database, file, stop, on_progress);
    if (known) return enter_duplicate(database, arguments, known->id);
    store_first(store, file, arguments, stop, on_progress);
  }
  try {
    return enter(database, arguments, options, usage_between(before, store.usage()));
  } catch (...) {
    if (arguments.source_key) store.remove(*arguments.source_key);
    throw;
  }
}

}  // namespace heaters::stages
