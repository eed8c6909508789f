#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "catalog/exports.h"
#include "jobs/worker.h"
#include "media/clip_export.h"
#include "stages/chain.h"

namespace heaters::stages {

// Clips as files: a job makes a batch of exports of one video in one pass over its source, which it fetches
// once, puts the files, and records them in the transaction that ends it. What cannot be made fails alone.
inline constexpr Stage export_stage{"heaters_export", "Heaters.Export"};

struct SubmittedExports {
  std::vector<catalog::Export> exports;  // in the order of the spans
  std::optional<jobs::JobId> job_id;     // nullopt: all of them were made before, or are being made
};

// Asks for the spans of a video: rows and job in one transaction. `storage_class` of their objects; empty: as
// the store is set. Throws InvalidInput for a span outside the
// video, with nothing asked for.
SubmittedExports submit_exports(db::Database& database, const catalog::Video& video,
                                std::span<const FrameSpan> spans, const media::ExportFormat& format,
                                const std::string& storage_class = "");

jobs::Handler export_handler(StageServices& services);

// Exports whose job was cancelled, discarded or deleted have failed, and say why. Returns how many batches.
int fail_abandoned_exports(db::Database& database);

// How an export was made and what its proof found, as it is stored: docs/json.md, "export".
Json export_report_json(const media::ExportedClip& clip);
Json proof_json(const media::ClipProof& proof);

// Proves a stored export again, from the bytes in the store: docs/json.md, "proof". Throws NotFound or
// Corrupt when source or export is not what was stored.
media::ClipProof verify_export(db::Database& database, storage::Store& store, storage::Workspace& workspace,
                               const catalog::Export& exported, const std::stop_token& stop);

}  // namespace heaters::stages
