#include "jobs/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/error.h"
#include "db/postgres.h"
#include "db/sqlite.h"

namespace heaters::jobs {

namespace {

class PostgresWakeup : public Wakeup {
 public:
  PostgresWakeup(db::PostgresDatabase& database, std::string node)
      : database_(database), node_(std::move(node)) {
    database_.listen("public.oban_insert");
    database_.listen("public.oban_signal");
    generation_ = database_.generation();
  }

  News wait(std::chrono::milliseconds most) override {
    News news = heard();
    if (!news.queues.empty() || !news.signals.empty() || news.has_everything_changed) return news;
    poll(database_.socket(), most);
    return heard();
  }

 private:
  News heard() {
    News news;
    for (const db::Notification& notification : database_.notifications()) {
      if (notification.channel == "public.oban_insert") {
        news.queues.insert(parse_insert(notification.payload));
      } else if (auto signal = parse_signal(notification.payload, node_)) {
        news.signals.push_back(*std::move(signal));
      }
    }
    if (database_.generation() != generation_) {
      generation_ = database_.generation();
      news.has_everything_changed = news.may_have_missed_signals = true;
    }
    return news;
  }

  db::PostgresDatabase& database_;
  std::string node_;
  int generation_ = 0;
};

class SqliteWakeup : public Wakeup {
 public:
  explicit SqliteWakeup(db::SqliteDatabase& database)
      : database_(database), watch_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (watch_.get() < 0) throw system_error(errno, "watch the database");
    version_ = data_version();
    const std::string log = database_.path().string() + "-wal";
    // Without it we are woken by the clock.
    if (::inotify_add_watch(watch_.get(), log.c_str(), IN_MODIFY) < 0) watch_ = FileDescriptor();
  }

  News wait(std::chrono::milliseconds most) override {
    const auto deadline = Clock::now() + most;
    for (News news = changes();; news = changes()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (news.has_everything_changed || left <= left.zero()) return news;
      if (poll(watch_.get(), std::min(left, time_to_look_again()))) return changes();
      if (has_log_grown()) grew_ = Clock::now();
    }
  }

 private:
  using Clock = std::chrono::steady_clock;

  // The log is written before the change can be seen; how long before, the disk decides, and nothing tells of
  // it.
  std::chrono::milliseconds time_to_look_again() const {
    using std::chrono::milliseconds;
    if (!grew_) return milliseconds::max();
    const auto since = Clock::now() - *grew_;
    if (since < milliseconds(50)) return milliseconds(2);
    return since < std::chrono::seconds(10) ? milliseconds(20) : milliseconds::max();
  }

  // Changes when another connection has written.
  std::int64_t data_version() {
    db::Statement version = database_.prepare("PRAGMA data_version");
    version.step();
    return version.integer(0);
  }

  bool has_log_grown() {
    std::array<char, 4096> events{};
    bool has_grown = false;
    while (watch_.get() >= 0 && ::read(watch_.get(), events.data(), events.size()) > 0) has_grown = true;
    return has_grown;
  }

  News changes() {
    News news;
    const std::int64_t version = data_version();
    news.has_everything_changed = news.may_have_missed_signals = version != version_;
    version_ = version;
    return news;
  }

  db::SqliteDatabase& database_;
  FileDescriptor watch_;
  std::int64_t version_ = 0;
  std::optional<Clock::time_point> grew_;  // the log
};

}  // namespace

Wakeup::Wakeup() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_.get() < 0) throw system_error(errno, "make an event to wait for");
}

void Wakeup::nudge() {
  const std::uint64_t one = 1;
  // Full only when somebody is nudged already.
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

bool Wakeup::poll(int other, std::chrono::milliseconds most) {
  // A descriptor below 0 is passed over.
  std::array<pollfd, 2> waits = {{{event_.get(), POLLIN, 0}, {other, POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), static_cast<int>(most.count()));
  std::uint64_t count = 0;
  return ::read(event_.get(), &count, sizeof count) > 0;
}

std::unique_ptr<Wakeup> make_wakeup(db::Database& database, const std::string& node) {
  if (auto* postgres = dynamic_cast<db::PostgresDatabase*>(&database)) {
    return std::make_unique<PostgresWakeup>(*postgres, node);
  }
  return std::make_unique<SqliteWakeup>(dynamic_cast<db::SqliteDatabase&>(database));
}

}  // namespace heaters::jobs
