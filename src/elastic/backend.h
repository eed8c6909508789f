#pragma once

#include <optional>
#include <string>
#include <vector>

namespace heaters::elastic {

// A worker, as its place knows it.
struct Instance {
  std::string id;     // as it was requested; another's where places are used again
  std::string place;  // where it runs: a process, a machine, a pod
  bool has_ended = false;
  std::string cause;  // of its end, or why it does not run yet, where the place tells: "killed by signal 9
                      // (out of memory, or by hand)"
};

// Where the workers of one pool run. Used by one thread. Throws Error: Unavailable for what may pass, as does
// a place without room, others for what will not.
class Backend {
 public:
  virtual ~Backend() = default;

  // Starts a worker by a name that none ever had; where it runs, which no other worker that is not at its end
  // does. nullopt: not now, for no more requests are allowed. Empty: it may have been started, look() will
  // tell.
  virtual std::optional<std::string> start(const std::string& id) = 0;

  // The workers that are there, whoever started them, and each that ended, at least once. May be a few
  // seconds old.
  virtual std::vector<Instance> look() = 0;

  // Asks the place whether it would answer, and changes nothing. Throws what it says against it.
  virtual void check() {}

  // Ends a worker at once, whatever it does. One that is not there is no failure.
  virtual void remove(const Instance& worker) = 0;

  // Whether a place has one worker after the other, so that its id there may be that of an earlier one.
  virtual bool reuses_places() const { return false; }

  // Whether workers are children of this process, of which only it can tell how they end.
  virtual bool runs_here() const { return false; }

  // At the end of this process: asks workers that would not outlive it to stop, and waits.
  virtual void shut_down() {}
};

}  // namespace heaters::elastic
