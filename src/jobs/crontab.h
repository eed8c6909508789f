#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "base/time.h"
#include "db/database.h"
#include "jobs/job.h"

namespace heaters::jobs {

// When something recurs, in UTC: five fields of numbers, ranges, lists, steps and English names (minute,
// hour, day of month, month, day of week), or @hourly, @daily, @weekly, @monthly, @yearly. As in crontab(5):
// when both days are restricted, either may match.
class CronExpression {
 public:
  // Throws InvalidInput saying what is wrong with it.
  explicit CronExpression(std::string_view text);

  // Whether the minute that the time lies in is one of them.
  bool matches(UtcTime time) const;

 private:
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;  // 0 is Sunday
  bool any_day_ = false;
  bool any_weekday_ = false;
};

// Whether the minute `at` is this caller's to insert the entry of that name for: one of many nodes gets it.
bool take_cron_minute(db::Database& database, const std::string& name, UtcTime at);

// A job that is inserted whenever its expression matches, by one node of all.
struct CronEntry {
  std::string name;
  CronExpression expression;
  NewJob job;
};

}  // namespace heaters::jobs
