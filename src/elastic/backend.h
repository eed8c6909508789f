#pragma once

#include <string>
#include <vector>

namespace heaters::elastic {

struct WorkerRequest {
  std::string id;    // a name that no worker ever had
  std::string pool;  // what it is found by
};

// A worker that is at an end, as its place tells.
struct EndedWorker {
  std::string id;
  std::string cause;  // "killed by signal 9 (out of memory?)"
};

// Where workers of a pool run. Used by one thread. Throws Error: Unavailable for what may pass, as do too
// many requests or a place without room, others for what will not.
class Backend {
 public:
  virtual ~Backend() = default;

  // Starts a worker; where it runs. One that is there by that id already is not started again.
  virtual std::string start(const WorkerRequest& request) = 0;

  // The ids of the pool's workers that are there, whoever started them.
  virtual std::vector<std::string> present(const std::string& pool) = 0;

  // Those that ended since the last call, where the place tells how.
  virtual std::vector<EndedWorker> take_ended() = 0;

  // Ends a worker at once, whatever it does. One that is not there is no failure.
  virtual void remove(const std::string& id) = 0;

  // At the end of the process that started them: asks those that would not outlive it to stop, and waits.
  virtual void shut_down() = 0;
};

}  // namespace heaters::elastic
