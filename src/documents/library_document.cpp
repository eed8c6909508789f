#include "documents/library_document.h"

#include "documents/video_document.h"

namespace heaters::documents {

namespace {

Json progress_json(const Progress& progress) {
  Json json;
  json["activity"] = progress.activity;
  json["done"] = progress.done;
  json["expected"] = progress.expected;
  json["unit"] = progress.unit;
  json["per_second"] = progress.per_second;
  return json;
}

}  // namespace

Json library_entry_json(const catalog::LibraryEntry& entry) {
  const catalog::Submission& submission = entry.submission;
  Json json;
  json["video_id"] = submission.video_id.text();
  json["title"] = submission.title;
  json["origin"] = submission.origin;
  json["state"] = submission.state;
  json["submitted_at"] = submission.submitted_at;
  json["changed_at"] = submission.changed_at;
  json["duplicate_of"] = submission.duplicate_of ? Json(submission.duplicate_of->text()) : Json(nullptr);
  json["error"] = nullptr;
  if (submission.error) {
    json["error"] = {{"kind", submission.error_kind.value_or("internal")}, {"message", *submission.error}};
  }
  json["progress"] = entry.progress ? progress_json(*entry.progress) : Json(nullptr);
  json["clips"] = entry.clips;
  json["undecided_clips"] = entry.undecided_clips;
  json["has_poster"] = entry.has_poster;
  json["source"] = nullptr;
  json["proxy"] = nullptr;
  if (entry.video) {
    json["source"] = video_summary_json(*entry.video)["source"];
    json["proxy"] = {{"rung", entry.video->proxy_rung}, {"reason", entry.video->proxy_reason}};
  }
  return json;
}

}  // namespace heaters::documents
