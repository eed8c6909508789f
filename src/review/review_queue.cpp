#include "review/review_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "catalog/catalog.h"

namespace heaters::review {

using catalog::ClipId;
using catalog::VideoId;

namespace {

constexpr std::array<std::pair<std::string_view, QueueOrder>, 5> orders{{{"time", QueueOrder::Time},
                                                                         {"newest", QueueOrder::Newest},
                                                                         {"score", QueueOrder::Score},
                                                                         {"shortest", QueueOrder::Shortest},
                                                                         {"longest", QueueOrder::Longest}}};

constexpr const char* seconds_sql = "((c.end_frame - c.begin_frame) * v.duration_seconds / v.frame_count)";

std::string order_sql(QueueOrder order) {
  switch (order) {
    case QueueOrder::Time:
      return "c.video_id, c.begin_frame";
    case QueueOrder::Newest:
      return "c.video_id DESC, c.begin_frame";
    case QueueOrder::Score:
      return "c.score NULLS LAST, c.video_id, c.begin_frame";
    case QueueOrder::Shortest:
      return fmt::format("{}, c.video_id, c.begin_frame", seconds_sql);
    case QueueOrder::Longest:
      return fmt::format("{} DESC, c.video_id, c.begin_frame", seconds_sql);
  }
  return "";
}

std::string where_sql(const ClipFilter& filter) {
  std::string where = filter.decision ? "c.decision = ?" : "c.decision IS NULL";
  if (filter.video) where += " AND c.video_id = ?";
  if (filter.min_score) where += " AND c.score >= ?";
  if (filter.max_score) where += " AND c.score <= ?";
  if (filter.min_seconds) where += fmt::format(" AND {} >= ?", seconds_sql);
  if (filter.max_seconds) where += fmt::format(" AND {} <= ?", seconds_sql);
  return where;
}

// Videos only where their durations matter: without them the index of undecided clips is read in its order,
// and no further than to the clips that are wanted.
std::string from_sql(const ClipFilter& filter, bool is_by_duration) {
  const bool needs_durations = is_by_duration || filter.min_seconds || filter.max_seconds;
  return needs_durations ? "clips AS c JOIN videos AS v ON v.id = c.video_id" : "clips AS c";
}

void bind_filter(db::Statement& statement, const ClipFilter& filter) {
  if (filter.decision) statement.bind(catalog::to_string(*filter.decision));
  if (filter.video) statement.bind(filter.video->text());
  for (const auto& value : {filter.min_score, filter.max_score, filter.min_seconds, filter.max_seconds}) {
    if (value) statement.bind(*value);
  }
}

}  // namespace

std::optional<QueueOrder> parse_queue_order(std::string_view text) {
  for (const auto& [name, order] : orders) {
    if (name == text) return order;
  }
  return std::nullopt;
}

ReviewQueue::ReviewQueue(db::Database& database, std::string reviewer)
    : database_(database), reviewer_(std::move(reviewer)) {}

std::vector<QueuedClip> ReviewQueue::candidates(const ClipFilter& filter, QueueOrder order, int count,
                                                const std::vector<ClipId>& exclude) {
  std::string marks;
  for (std::size_t i = 0; i < exclude.size(); ++i) marks += i == 0 ? "?" : ", ?";
  const std::string from = from_sql(filter, order == QueueOrder::Shortest || order == QueueOrder::Longest);
  const std::string by = order_sql(order);
  // Where a clip ends is looked up for those that were chosen, not for all that could be.
  db::Statement select = database_.prepare(fmt::format(
      "SELECT c.id, c.begin_frame, c.end_frame, c.begin_kind, c.score, c.decision, c.is_grouped, c.video_id "
      "FROM {} WHERE c.id IN (SELECT c.id FROM {} WHERE {} {} AND NOT EXISTS (SELECT 1 FROM leases WHERE "
      "leases.clip_id = c.id AND leases.reviewer <> ? AND leases.expires_at >= {}) ORDER BY {} LIMIT ?) "
      "ORDER BY {}",
      from, from, where_sql(filter), exclude.empty() ? "" : "AND c.id NOT IN (" + marks + ")",
      db::clock_sql(database_.dialect()), by, by));
  bind_filter(select, filter);
  for (const ClipId& id : exclude) select.bind(id.text());
  select.bind(reviewer_).bind(count);
  std::vector<QueuedClip> found;
  while (select.step()) {
    const auto video = VideoId::parse(select.text(7));
    HEATERS_CHECK(video.has_value());
    found.push_back({*video, catalog::clip_at(select, 0)});
  }
  return found;
}

std::vector<QueuedClip> ReviewQueue::take(const ClipFilter& filter, QueueOrder order, int count,
                                          const std::vector<ClipId>& exclude) {
  db::Transaction transaction(database_);
  note_reviewer(database_, reviewer_);
  database_.execute("DELETE FROM leases WHERE expires_at < " + db::clock_sql(database_.dialect()));
  Leases leases(database_, reviewer_);
  std::vector<ClipId> tried = exclude;
  std::vector<QueuedClip> taken;
  // Somebody may take a candidate between the look and the lease; then there is another one.
  while (static_cast<int>(taken.size()) < count) {
    const auto found = candidates(filter, order, count - static_cast<int>(taken.size()), tried);
    if (found.empty()) break;
    for (const QueuedClip& each : found) {
      tried.push_back(each.clip.id);
      if (leases.take(each.clip.id)) taken.push_back(each);
    }
  }
  transaction.commit();
  return taken;
}

std::int64_t ReviewQueue::count(const ClipFilter& filter, std::int64_t most) {
  db::Statement select =
      database_.prepare(fmt::format("SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} LIMIT ?) AS found",
                                    from_sql(filter, false), where_sql(filter)));
  bind_filter(select, filter);
  select.bind(most);
  return select.step() ? select.integer(0) : 0;
}

}  // namespace heaters::review
