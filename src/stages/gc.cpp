#include "stages/gc.h"

#include <algorithm>
#include <set>

#include "base/id.h"
#include "catalog/catalog.h"
#include "catalog/submissions.h"
#include "storage/keys.h"

namespace heaters::stages {

namespace {

// "videos/<id>/..."
std::string video_of(const std::string& key) {
  const auto begin = key.find('/') + 1;
  return key.substr(begin, key.find('/', begin) - begin);
}

}  // namespace

Garbage collect_garbage(db::Database& database, storage::Store& store, std::chrono::seconds grace,
                        bool is_dry_run) {
  // The order makes it safe: what is put and recorded while we look has no place in the listing, or has its
  // row or its submission by the time we ask for them.
  const std::vector<storage::StoredObject> objects = store.list("videos/");
  std::set<std::string> in_work;
  for (const catalog::VideoId& id : catalog::Submissions(database).unfinished()) in_work.insert(id.text());
  const std::vector<std::string> recorded = catalog::Catalog(database).artifact_keys();

  Garbage garbage;
  std::set<std::string> present;
  for (const storage::StoredObject& object : objects) {
    present.insert(object.key);
    // Of others, who use the same folder name.
    if (!is_ulid(video_of(object.key))) continue;
    const bool is_known = std::binary_search(recorded.begin(), recorded.end(), object.key);
    const bool is_young = utc_now() - object.modified < grace;
    if (!is_known && !is_young && !in_work.contains(video_of(object.key))) garbage.orphans.push_back(object);
  }
  for (const std::string& key : recorded) {
    if (present.contains(key)) continue;
    // Recorded after the listing, perhaps.
    if (store.list(key).empty()) garbage.missing.push_back(key);
  }
  garbage.leftovers = store.remove_leftovers(
      grace, is_dry_run, [&](const std::string& key) { return in_work.contains(video_of(key)); });
  if (is_dry_run || garbage.orphans.empty()) return garbage;
  std::vector<std::string> keys;
  keys.reserve(garbage.orphans.size());
  for (const storage::StoredObject& orphan : garbage.orphans) keys.push_back(orphan.key);
  store.remove(keys);
  return garbage;
}

}  // namespace heaters::stages
