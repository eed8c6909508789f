#pragma once

#include "jobs/queue.h"

namespace heaters::jobs {

// Oban's table in SQLite, the layout of its Lite engine. Nothing is announced: whoever waits watches the
// database (wakeup.h).
class SqliteQueue : public Queue {
 public:
  explicit SqliteQueue(db::Database& database) : database_(database) {}

  std::vector<Insertion> insert(std::span<const NewJob> jobs) override;
  std::vector<Job> claim(const std::string& queue, int limit, const std::string& node) override;
  std::vector<Finish> finish(std::span<const Ending> endings, const std::string& node) override;
  std::vector<Job> lock(const std::string& queue, int limit, const std::string& node) override;
  void complete_locked(std::span<const JobId> ids, const std::string& node) override;
  void start_locked(std::span<const Job> jobs, const std::string& node) override;
  std::vector<Lease> refresh(std::span<const Lease> leases, const std::string& node) override;
  int give_back_unknown(const std::vector<std::string>& queues, std::span<const Lease> held,
                        const std::string& node) override;
  bool adopt(const Lease& lease, const std::string& node, const std::string& args_json,
             const std::string& unique_key) override;
  void rewrite_args(const std::string& unique_key,
                    const std::function<std::string(const std::string&)>& rewrite) override;
  void note_death(const std::string& node, const std::string& cause) override;
  int rescue(const std::vector<std::string>& queues) override;
  int stage(const std::vector<std::string>& queues) override;
  int prune(const std::vector<std::string>& queues, std::chrono::seconds completed_age,
            std::chrono::seconds failed_age, int limit) override;
  std::optional<Job> find(JobId id) override;
  std::optional<Job> latest(const std::string& unique_key) override;
  std::vector<std::string> without_job(std::span<const std::string> unique_keys) override;
  std::vector<Job> list(const JobFilter& filter) override;
  std::int64_t waiting(const std::vector<std::string>& queues, std::chrono::seconds horizon,
                       const std::string& node) override;
  int meant_for(const std::string& queue, const std::string& node, int most) override;
  bool cancel(JobId id) override;
  bool retry(JobId id) override;

 private:
  db::Database& database_;
};

}  // namespace heaters::jobs
