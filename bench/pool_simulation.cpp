// A day of a pool in a second: bursts of jobs, machines that take their time to boot, places without room,
// workers that die. The decisions are the controller's own (elastic/scaling.h); beside them what FLAME's pool
// does by its documents, and a number of machines that is always there. Usage: pool_simulation [SEED]
//
// Waits are from when a job could run to when it did. Hours are those of machines, from the request to the
// end. The ideal is a machine that is there when a job comes and gone when it is done.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "elastic/scaling.h"

namespace heaters {
namespace {

using elastic::ScaleOut;

constexpr double step = 0.1;  // seconds
constexpr double day = 86'400;
constexpr double look_interval = 0.5;
constexpr double idle_exit = 30;

struct Place {
  std::string name;
  double least_boot;
  double most_boot;
  double failing_share;    // of starts that find no room
  double starts_a_second;  // that the place allows
};

struct Arrival {
  double at;
  double seconds;  // of work
};

struct Machine {
  double ready_at;
  double fails_at = -1;  // its boot does, then
  double busy_until = -1;
  double work_left = 0;  // of its job
  double idle_since;
  double asked_at;
  bool has_job = false;
  Arrival job{};
};

struct Outcome {
  std::vector<double> waits;
  double machine_seconds = 0;
  double work_seconds = 0;
  int starts = 0;
  int failed_starts = 0;
  int lost = 0;
  int most_alive = 0;
  int left = 0;
};

std::vector<Arrival> arrivals_of_a_day(std::mt19937& random) {
  std::vector<Arrival> all;
  all.reserve(10'000);
  std::lognormal_distribution<double> work(1.8, 0.7);  // median 6 s
  std::uniform_real_distribution<double> any(0, day * 0.95);
  for (int i = 0; i < 500; ++i) all.push_back({any(random), work(random)});
  std::uniform_int_distribution<int> size(50, 400);
  std::uniform_real_distribution<double> within(0, 10);
  for (int burst = 0; burst < 14; ++burst) {
    const double at = any(random);
    for (int i = size(random); i > 0; --i) all.push_back({at + within(random), work(random)});
  }
  std::sort(all.begin(), all.end(), [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  return all;
}

// What decides how many machines to ask for, twice a second.
class Policy {
 public:
  virtual ~Policy() = default;
  virtual int to_start(int waiting, int running, int booting, int alive, double now) = 0;
  virtual void on_boot() {}
  virtual void on_failure(double) {}
  virtual bool loses_jobs_of_the_dead() const { return false; }
  virtual int least() const { return 0; }
};

ScaleOut::Clock::time_point moment(double now) {
  return ScaleOut::Clock::time_point(
      std::chrono::duration_cast<ScaleOut::Clock::duration>(std::chrono::duration<double>(now + 3600)));
}

class Ours : public Policy {
 public:
  Ours(int min, int max) : limits_{.min = min, .max = max} {
    settings_.queues = {{"ingest", 1}};
    settings_.max = max;
  }
  int to_start(int waiting, int running, int, int alive, double now) override {
    const int target = elastic::target_workers({waiting + running}, settings_, limits_, 0);
    return scale_out_.to_start(target, limits_.min, alive, moment(now));
  }
  void on_boot() override { scale_out_.on_boot(); }
  void on_failure(double now) override { scale_out_.on_boot_failure(moment(now)); }
  int least() const override { return limits_.min; }

 private:
  elastic::PoolSettings settings_;
  elastic::PoolLimits limits_;
  ScaleOut scale_out_{std::chrono::milliseconds(1000)};
};

// One runner at a time; the next when its boot has ended, or a second after it failed. A runner that dies
// takes its callers with it.
class Flame : public Policy {
 public:
  explicit Flame(int max) : max_(max) {}
  int to_start(int waiting, int, int booting, int alive, double now) override {
    return waiting > booting && booting == 0 && alive < max_ && now >= not_before_ ? 1 : 0;
  }
  void on_failure(double now) override { not_before_ = now + 1; }
  bool loses_jobs_of_the_dead() const override { return true; }

 private:
  int max_;
  double not_before_ = 0;
};

class Fixed : public Policy {
 public:
  explicit Fixed(int count) : count_(count) {}
  int to_start(int, int, int, int alive, double) override { return count_ - alive; }
  int least() const override { return count_; }

 private:
  int count_;
};

class Simulation {
 public:
  Simulation(const std::vector<Arrival>& arrivals, const Place& place, Policy& policy, unsigned seed)
      : arrivals_(arrivals), place_(place), policy_(policy), random_(seed) {}

  Outcome run() {
    double next_look = 0;
    // Until all is done and, but for those that are always there, everybody is gone.
    for (double now = 0; now < day || !waiting_.empty() || is_anybody_busy(); now += step) {
      arrive(now);
      live(now);
      if (now >= next_look) {
        look(now);
        next_look = now + look_interval;
      }
      hand_out(now);
      leave(now);
      outcome_.most_alive = std::max(outcome_.most_alive, static_cast<int>(machines_.size()));
      outcome_.machine_seconds += step * static_cast<double>(machines_.size());
    }
    for (double now = 2 * day; now < 2 * day + 2 * idle_exit; now += step) leave(now);
    outcome_.left = static_cast<int>(machines_.size()) - policy_.least();
    return outcome_;
  }

 private:
  bool is_anybody_busy() const {
    return std::any_of(machines_.begin(), machines_.end(), [](const Machine& each) { return each.has_job; });
  }

  void arrive(double now) {
    for (; next_ < arrivals_.size() && arrivals_[next_].at <= now; ++next_) {
      waiting_.push_back(arrivals_[next_]);
      outcome_.work_seconds += arrivals_[next_].seconds;
    }
  }

  // Boots end, jobs end, a worker in an hour of work dies.
  void live(double now) {
    std::uniform_real_distribution<double> any(0, 1);
    for (auto machine = machines_.begin(); machine != machines_.end();) {
      if (machine->fails_at >= 0 && now >= machine->fails_at) {
        ++outcome_.failed_starts;
        policy_.on_failure(now);
        machine = machines_.erase(machine);
        continue;
      }
      if (machine->has_job && any(random_) < step / 3600) {
        if (policy_.loses_jobs_of_the_dead()) {
          ++outcome_.lost;
        } else {
          waiting_.push_front(machine->job);
        }
        machine = machines_.erase(machine);
        continue;
      }
      if (machine->has_job && now >= machine->busy_until) {
        machine->has_job = false;
        machine->idle_since = now;
      }
      ++machine;
    }
  }

  void look(double now) {
    tokens_ = std::min(3.0, tokens_ + place_.starts_a_second * look_interval);
    const auto count = [&](const auto& is) {
      return static_cast<int>(std::count_if(machines_.begin(), machines_.end(), is));
    };
    const int booting = count([&](const Machine& each) { return each.ready_at > now; });
    const int running = count([](const Machine& each) { return each.has_job; });
    int wanted = policy_.to_start(static_cast<int>(waiting_.size()), running, booting,
                                  static_cast<int>(machines_.size()), now);
    std::uniform_real_distribution<double> boot(place_.least_boot, place_.most_boot);
    std::uniform_real_distribution<double> any(0, 1);
    // Twice a day there is no room at all for some minutes.
    const bool is_full = std::fmod(now, day / 2) < 240;
    for (; wanted > 0 && tokens_ >= 1; --wanted, --tokens_) {
      ++outcome_.starts;
      Machine machine{.ready_at = now + boot(random_), .idle_since = 0, .asked_at = now};
      machine.idle_since = machine.ready_at;
      if (is_full || any(random_) < place_.failing_share) machine.fails_at = now + 1;
      machines_.push_back(machine);
      if (machine.fails_at >= 0) return;  // told so, the controller asks no more in this look
    }
  }

  void hand_out(double now) {
    for (Machine& machine : machines_) {
      if (waiting_.empty()) return;
      if (machine.has_job || machine.ready_at > now || machine.fails_at >= 0) continue;
      if (machine.idle_since == machine.ready_at) policy_.on_boot();
      machine.job = waiting_.front();
      waiting_.pop_front();
      machine.has_job = true;
      machine.busy_until = now + machine.job.seconds;
      outcome_.waits.push_back(now - machine.job.at);
    }
  }

  void leave(double now) {
    int may_leave = static_cast<int>(machines_.size()) - policy_.least();
    std::erase_if(machines_, [&](const Machine& each) {
      return !each.has_job && each.fails_at < 0 && now - each.idle_since >= idle_exit && may_leave-- > 0;
    });
  }

  const std::vector<Arrival>& arrivals_;
  const Place& place_;
  Policy& policy_;
  std::mt19937 random_;
  std::deque<Arrival> waiting_;
  std::vector<Machine> machines_;
  std::size_t next_ = 0;
  double tokens_ = 3;
  Outcome outcome_;
};

double quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void print(const std::string& name, Outcome& outcome) {
  std::cout << fmt::format("  {:<26}{:>8.1f}{:>9.1f}{:>9.1f}{:>11.1f}{:>9.2f}{:>9}{:>9}{:>7}{:>6}\n", name,
                           quantile(outcome.waits, 0.5), quantile(outcome.waits, 0.95),
                           quantile(outcome.waits, 0.99), outcome.machine_seconds / 3600,
                           outcome.machine_seconds / outcome.work_seconds, outcome.starts,
                           outcome.failed_starts, outcome.most_alive, outcome.lost);
}

int run(unsigned seed) {
  constexpr int max = 20;
  std::mt19937 random(seed);
  const std::vector<Arrival> arrivals = arrivals_of_a_day(random);
  int broken = 0;
  for (const Place& place : {Place{"processes", 0.05, 0.1, 0, 100}, Place{"Fly, made anew", 3, 8, 0.1, 1},
                             Place{"Kubernetes, a node to be made", 10, 60, 0.1, 5}}) {
    std::cout << fmt::format(
        "{}: boots in {} to {} s, {:.0f} of 100 starts fail, at most {} workers, {} jobs\n  "
        "{:<26}{:>8}{:>9}{:>9}"
        "{:>11}{:>9}{:>9}{:>9}{:>7}{:>6}\n",
        place.name, place.least_boot, place.most_boot, 100 * place.failing_share, max, arrivals.size(), "",
        "wait p50", "p95", "p99", "hours", "/ ideal", "starts", "failed", "most", "lost");
    Ours ours(0, max);
    Ours with_one(1, max);
    Flame flame(max);
    Fixed fixed(max);
    const std::vector<std::pair<std::string, Policy*>> policies = {
        {"ours", &ours}, {"ours, min = 1", &with_one}, {"FLAME's pool", &flame}, {"always 20", &fixed}};
    for (const auto& [name, policy] : policies) {
      Outcome outcome = Simulation(arrivals, place, *policy, seed).run();
      print(name, outcome);
      const bool is_ours = name.starts_with("ours");
      if (is_ours && (outcome.most_alive > max || outcome.left > 0 || outcome.lost > 0)) ++broken;
    }
  }
  if (broken > 0) std::cout << "a limit was exceeded, a job lost, or a worker left\n";
  return broken > 0 ? 1 : 0;
}

}  // namespace
}  // namespace heaters

int main(int argc, char** argv) {
  return heaters::run(argc > 1 ? static_cast<unsigned>(std::stoul(argv[1])) : 1);
}
