#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "catalog/usage.h"
#include "db/database.h"

namespace heaters::catalog {

// Upper limits of the classes that wall seconds are counted by; each is about three times the one before.
constexpr std::array<double, 11> duration_limits = {
    0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, std::numeric_limits<double>::infinity()};

enum class AttemptEnd {
  Done,
  Failed,
  PutOff  // nothing was achieved, and nothing is to be said against it: what was used counts, the attempt
          // does not
};

// What the attempts of a stage come to.
struct StageSum {
  std::string day;  // "2026-01-31", UTC; empty: of all days
  std::string stage;
  std::int64_t attempts = 0;
  std::int64_t failures = 0;
  Usage usage;
  std::array<std::int64_t, duration_limits.size()> by_duration{};  // attempts

  // Below which so many of the attempts stayed, within the classes by proportion; 0 <= share <= 1. Where it
  // lies beyond the last limit, that one.
  double wall_seconds_of(double share) const;
};

// What the cost ledger's entries come to by day, kept so that nobody need read them all. Borrows a
// connection. Not thread-safe. Throws Error as db::Database does.
class StageDays {
 public:
  explicit StageDays(db::Database& database) : database_(database) {}

  // For the ledger. `node` spreads who writes over rows, so that nodes need not wait for each other.
  void add(const std::string& stage, const std::string& node, const Usage& usage, AttemptEnd end);

  // Of each stage, since a day or ever, by stage.
  std::vector<StageSum> sums(const std::string& since = "");
  // Of each day and stage, by day.
  std::vector<StageSum> days(const std::string& since);

 private:
  std::vector<StageSum> read(const std::string& since, bool by_day);

  db::Database& database_;
};

}  // namespace heaters::catalog
