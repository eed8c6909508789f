#include "stages/submit.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/percent.h"
#include "catalog/catalog.h"
#include "catalog/cost_ledger.h"
#include "catalog/submissions.h"
#include "jobs/queue.h"
#include "media/demuxer.h"
#include "net/address_guard.h"
#include "stages/origin.h"
#include "stages/source_pass.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

// Within a transaction. `stored`: what storing the source took, which goes on the video's account.
Submitted write_entry(db::Database& database, const ChainArguments& arguments, const SubmitOptions& options,
                      const StoreUsage& stored) {
  if (stored.put_requests > 0) {
    catalog::CostLedger(database).add(
        {arguments.video_id->text(), "submit", options.node.value_or(""), {.store = stored}});
  }
  catalog::Submissions(database).add({.video_id = *arguments.video_id,
                                      .origin = printable_origin(arguments.origin),
                                      .title = arguments.title,
                                      .is_copy = arguments.is_copy,
                                      .source_key = arguments.source_key});
  const jobs::NewJob job = chain_job(acquire_stage, arguments, options.node, options.affinity);
  const auto inserted = jobs::make_queue(database)->insert(std::span(&job, 1));
  return {*arguments.video_id, inserted.front().id};
}

Submitted enter(db::Database& database, const ChainArguments& arguments, const SubmitOptions& options) {
  db::Transaction transaction(database);
  const Submitted submitted = write_entry(database, arguments, options, {});
  transaction.commit();
  return submitted;
}

ChainArguments arguments_for(const std::string& origin, const SubmitOptions& options) {
  return {.video_id = catalog::VideoId::make(),
          .origin = origin,
          .title = title_of_origin(origin),
          .is_copy = options.is_copy,
          .shots = options.shots};
}

// Reports the progress of a long read, and ends it when a stop is asked for.
ByteProgress watching(ProgressThrottle& progress, const fs::path& file, const std::stop_token& stop) {
  return [&](std::uint64_t bytes_done) {
    if (stop.stop_requested()) {
      throw Error(ErrorKind::Cancelled, fmt::format("store \"{}\": stopped", file.string()));
    }
    progress.update(static_cast<std::int64_t>(bytes_done));
  };
}

// The video that the same bytes are already.
std::optional<catalog::Video> find_in_catalog(db::Database& database, const fs::path& file,
                                              const std::stop_token& stop,
                                              const ProgressListener& on_progress) {
  ProgressThrottle progress("hash", "bytes", static_cast<std::int64_t>(fs::file_size(file)), on_progress);
  const FileDigest digest = digest_file(file, watching(progress, file, stop));
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
  arguments.source = store.put(key, file, watching(progress, file, stop));
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

// Into the store, unless the catalog has it, and then as a submission.
Submitted enter_stored(db::Database& database, storage::Store& store, const fs::path& file,
                       ChainArguments& arguments, const SubmitOptions& options, const std::stop_token& stop,
                       const ProgressListener& on_progress) {
  const auto known = options.is_copy ? std::nullopt : find_in_catalog(database, file, stop, on_progress);
  if (known) return enter_duplicate(database, arguments, known->id);
  const StoreUsage before = store.usage();
  store_first(store, file, arguments, stop, on_progress);
  std::optional<db::Transaction> transaction;
  std::optional<Submitted> submitted;
  try {
    transaction.emplace(database);
    submitted = write_entry(database, arguments, options, store.usage().since(before));
  } catch (...) {
    transaction.reset();
    store.remove(*arguments.source_key);
    throw;
  }
  // From here on the chain may be under way whatever the answer. If it is not, gc finds the object.
  transaction->commit();
  return *submitted;
}

}  // namespace

Submitted submit_file(db::Database& database, storage::Store& store, const fs::path& file,
                      const SubmitOptions& options, const std::stop_token& stop,
                      const ProgressListener& on_progress) {
  ChainArguments arguments = arguments_for(origin_of_path(fs::absolute(file).lexically_normal()), options);
  if (store.local_path(storage::video_key(arguments.video_id->text(), "source"))) {
    return enter(database, arguments, options);
  }
  // Workers elsewhere could not read it.
  return enter_stored(database, store, file, arguments, options, stop, on_progress);
}

Submitted submit_upload(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                        const fs::path& file, const std::string& name, const SubmitOptions& options,
                        const std::stop_token& stop) {
  ChainArguments arguments = arguments_for("upload://" + percent_encoded(name), options);
  arguments.title = name;
  Submitted submitted = enter_stored(database, store, file, arguments, options, stop, {});
  if (arguments.source_key && !store.local_path(*arguments.source_key)) {
    workspace.keep(*arguments.source_key, file);
  }
  return submitted;
}

Submitted submit_url(db::Database& database, const std::string& url, const SubmitOptions& options) {
  net::AddressGuard::check_scheme(url);
  return enter(database, arguments_for(url, options), options);
}

}  // namespace heaters::stages
