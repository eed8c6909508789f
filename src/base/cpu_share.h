#pragma once

#include <list>
#include <mutex>

namespace heaters {

// Shares out the processor time of this process among the pieces of work that run in it. While several run,
// each has an equal part: libraries' threads do not tell whom they work for. So the parts add up to what was
// used, and a piece that runs alone has exactly its own. Thread-safe.
class CpuAccount {
 public:
  // One piece of work, from its construction on.
  class Share {
   public:
    explicit Share(CpuAccount& account);
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    double cpu_seconds() const;

   private:
    CpuAccount& account_;
    std::list<double>::iterator seconds_;
  };

 private:
  void settle();  // mutex_ is held

  std::mutex mutex_;
  double settled_ = 0;
  std::list<double> shares_;
};

}  // namespace heaters
