#include "web/event_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "catalog/library.h"
#include "documents/library_document.h"
#include "jobs/job_counts.h"
#include "jobs/queue.h"
#include "review/review.h"

namespace heaters::web {

namespace {

constexpr std::size_t most_events = 2'000;

}  // namespace

// What was seen in the database, and what is new in it.
class EventFeed::Watch {
 public:
  Watch(EventFeed& feed, db::Database& database) : feed_(feed), database_(database), library_(database) {
    jobs::make_queue(database_);
    last_decision_ = review::Review(database_, "").newest();
    fingerprints_ = library_.fingerprints();
    jobs_ = count_jobs();
  }

  void look() {
    look_at_videos();
    look_at_decisions();
    const Json jobs = count_jobs();
    if (jobs != jobs_) feed_.publish("jobs", json_text(jobs));
    jobs_ = jobs;
  }

 private:
  void look_at_videos() {
    auto now = library_.fingerprints();
    for (const auto& [id, fingerprint] : now) {
      const auto before = fingerprints_.find(id);
      if (before == fingerprints_.end() || before->second != fingerprint) tell(id);
    }
    // Gone from the list without having been seen at its end.
    for (const auto& [id, fingerprint] : fingerprints_) {
      if (!now.contains(id) && is_in_work(fingerprint)) tell(id);
    }
    fingerprints_ = std::move(now);
  }

  static bool is_in_work(const std::string& fingerprint) {
    return !fingerprint.starts_with("ready") && !fingerprint.starts_with("failed") &&
           !fingerprint.starts_with("duplicate");
  }

  void tell(const catalog::VideoId& id) {
    if (const auto entry = library_.find(id)) {
      feed_.publish("video", json_text(documents::library_entry_json(*entry)));
    }
  }

  void look_at_decisions() {
    constexpr int most = 500;
    for (const auto& each : review::Review(database_, "").since(last_decision_, most)) {
      Json json;
      json["decision_id"] = each.id;
      json["video_id"] = each.video_id.text();
      json["reviewer"] = each.reviewer;
      json["operation"] = each.operation;
      feed_.publish("decision", json_text(json));
      last_decision_ = each.id;
    }
  }

  Json count_jobs() {
    constexpr int most_counted = 10'000;
    Json json = Json::array();
    for (const auto& count : jobs::count_jobs(database_, most_counted)) {
      json.push_back({{"queue", count.queue}, {"state", jobs::to_string(count.state)}, {"jobs", count.jobs}});
    }
    return json;
  }

  EventFeed& feed_;
  db::Database& database_;
  catalog::Library library_;
  std::map<catalog::VideoId, std::string> fingerprints_;
  review::DecisionId last_decision_ = 0;
  Json jobs_;
};

EventFeed::Subscription::~Subscription() {
  const std::lock_guard lock(feed_.mutex_);
  feed_.listeners_.erase(this);
}

std::string EventFeed::Subscription::take() {
  const std::lock_guard lock(feed_.mutex_);
  const std::uint64_t oldest = feed_.events_.empty() ? feed_.next_number_ : feed_.events_.front().number;
  std::string text;
  if (needs_reset_ || next_ < oldest) {
    text = fmt::format("event: reset\nid: {}\ndata: {{}}\n\n", feed_.id_of(feed_.next_number_ - 1));
    next_ = feed_.next_number_;
    needs_reset_ = false;
  }
  for (const Event& event : feed_.events_) {
    if (event.number >= next_) text += event.text;
  }
  next_ = feed_.next_number_;
  return text;
}

EventFeed::EventFeed(Connect connect, std::chrono::milliseconds interval)
    : connect_(std::move(connect)), interval_(interval), boot_(new_ulid()) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

EventFeed::~EventFeed() = default;

std::string EventFeed::id_of(std::uint64_t number) const {
  return fmt::format("{}-{}", boot_, number);
}

std::unique_ptr<EventFeed::Subscription> EventFeed::subscribe(const std::string& last_event_id,
                                                              std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  std::uint64_t next = next_number_;
  bool is_reset = false;
  if (!last_event_id.empty()) {
    const auto dash = last_event_id.rfind('-');
    std::uint64_t last = 0;
    const char* const end = last_event_id.data() + last_event_id.size();
    is_reset = dash == std::string::npos || last_event_id.substr(0, dash) != boot_ ||
               std::from_chars(last_event_id.data() + dash + 1, end, last).ptr != end || last >= next_number_;
    if (!is_reset) next = last + 1;
  }
  std::unique_ptr<Subscription> made(new Subscription(*this, next, is_reset, std::move(wake)));
  listeners_.emplace(made.get(), made->wake_);
  changed_.notify_all();
  return made;
}

void EventFeed::publish(const std::string& name, const std::string& data) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = next_number_++;
  events_.push_back({number, fmt::format("event: {}\nid: {}\ndata: {}\n\n", name, id_of(number), data)});
  if (events_.size() > most_events) events_.pop_front();
  for (const auto& [subscription, wake] : listeners_) wake();
}

void EventFeed::run(const std::stop_token& stop) {
  std::unique_ptr<db::Database> database;
  std::optional<Watch> watch;
  while (!stop.stop_requested()) {
    const auto began = std::chrono::steady_clock::now();
    try {
      if (!database) database = connect_();
      // What is there when the server starts is no news; all that comes after it is, whoever listens when.
      if (watch) {
        watch->look();
      } else {
        watch.emplace(*this, *database);
      }
    } catch (const std::exception& exception) {
      log(LogLevel::Warning, "web.feed_failed", {{"error", to_error(exception).what()}});
    }
    // A database that takes long is asked less often.
    const auto took = std::chrono::steady_clock::now() - began;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::max<std::chrono::nanoseconds>(interval_, 4 * took),
                      [] { return false; });
    changed_.wait(lock, stop, [&] { return !listeners_.empty(); });
  }
}

}  // namespace heaters::web
