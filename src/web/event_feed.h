#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "catalog/video.h"
#include "db/database.h"

namespace heaters::web {

// Tells whoever listens what changes: in the format of server-sent events (HTML, 9.2), as these:
//
//   video     a submission or its progress: its entry of the library
//   decision  somebody reviewed something: decision_id, video_id, reviewer, operation
//   jobs      the numbers of jobs by queue and state
//   reset     events were missed: whatever one has is to be asked for again
//
// A thread looks into the database a few times a second, while anybody listens: workers are other processes,
// on other machines too. The last events are kept, so that who comes back with the id of the last one it has
// seen misses nothing; ids of another run of the server lead to a reset. Thread-safe.
class EventFeed {
 public:
  class Subscription {
   public:
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

    // The text of the events since the last call; empty when there are none.
    std::string take();

   private:
    friend class EventFeed;
    Subscription(EventFeed& feed, std::uint64_t next, bool is_reset, std::function<void()> wake)
        : feed_(feed), next_(next), needs_reset_(is_reset), wake_(std::move(wake)) {}
    EventFeed& feed_;
    std::uint64_t next_;
    bool needs_reset_;
    std::function<void()> wake_;
  };

  using Connect = std::function<std::unique_ptr<db::Database>()>;
  explicit EventFeed(Connect connect, std::chrono::milliseconds interval = std::chrono::milliseconds(250));
  ~EventFeed();

  // `wake` is called, on the feed's thread, when there are events; it must not wait. The feed outlives the
  // subscription.
  std::unique_ptr<Subscription> subscribe(const std::string& last_event_id, std::function<void()> wake);

 private:
  struct Event {
    std::uint64_t number;
    std::string text;
  };
  class Watch;

  void run(const std::stop_token& stop);
  void publish(const std::string& name, const std::string& data);
  std::string id_of(std::uint64_t number) const;

  Connect connect_;
  std::chrono::milliseconds interval_;
  std::string boot_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Event> events_;
  std::uint64_t next_number_ = 1;
  std::map<Subscription*, std::function<void()>> listeners_;
  std::jthread thread_;
};

}  // namespace heaters::web
