#include "jobs/crontab.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "base/ascii.h"
#include "base/error.h"

namespace heaters::jobs {

namespace {

struct Field {
  std::string_view name;
  int least;
  int most;
  std::vector<std::string_view> names;  // of the values from `first_name` on
  int first_name = 0;
};

const std::array<Field, 5> fields = {
    {{"minute", 0, 59, {}},
     {"hour", 0, 23, {}},
     {"day of month", 1, 31, {}},
     {"month",
      1,
      12,
      {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"},
      1},
     {"day of week", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, 0}}};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::optional<int> value_of(const Field& field, std::string_view text) {
  const std::string lower = lower_case(text);
  for (std::size_t i = 0; i < field.names.size(); ++i) {
    if (field.names[i] == lower) return field.first_name + static_cast<int>(i);
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < field.least || number > field.most) return std::nullopt;
  return number;
}

[[noreturn]] void refuse(std::string_view expression, const std::string& why) {
  throw Error(ErrorKind::InvalidInput, fmt::format("read the cron expression \"{}\": {}", expression, why));
}

// One element of a list: `*`, `7`, `1-5`, each with an optional step.
template <std::size_t Size>
void add_element(const Field& field, std::string_view element, std::string_view expression,
                 std::bitset<Size>& set) {
  const auto slash = element.find('/');
  const std::string_view range = element.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const std::string_view text = element.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), step);
    if (error != std::errc() || end != text.data() + text.size() || step < 1) {
      refuse(expression, fmt::format("\"{}\" is no step for the {}", text, field.name));
    }
  }
  std::optional<int> first = field.least;
  std::optional<int> last = field.most;
  if (range != "*") {
    const auto dash = range.find('-');
    first = value_of(field, range.substr(0, dash));
    if (dash != std::string_view::npos) {
      last = value_of(field, range.substr(dash + 1));
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  if (!first || !last || *first > *last) {
    refuse(expression,
           fmt::format("\"{}\" is no {} from {} to {}", element, field.name, field.least, field.most));
  }
  for (int value = *first; value <= *last; value += step) set.set(static_cast<std::size_t>(value));
}

template <std::size_t Size>
void parse_field(const Field& field, std::string_view text, std::string_view expression,
                 std::bitset<Size>& set) {
  for (const std::string_view element : split(text, ',')) add_element(field, element, expression, set);
}

std::string_view unabbreviated(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> known = {
      {{"@hourly", "0 * * * *"},
       {"@daily", "0 0 * * *"},
       {"@midnight", "0 0 * * *"},
       {"@weekly", "0 0 * * 0"},
       {"@monthly", "0 0 1 * *"},
       {"@yearly", "0 0 1 1 *"},
       {"@annually", "0 0 1 1 *"}}};
  for (const auto& [name, meaning] : known) {
    if (name == text) return meaning;
  }
  return text;
}

}  // namespace

CronExpression::CronExpression(std::string_view text) {
  std::vector<std::string_view> parts = split(unabbreviated(text), ' ');
  std::erase_if(parts, [](std::string_view part) { return part.empty(); });
  if (parts.size() != fields.size()) refuse(text, fmt::format("it has {} fields instead of 5", parts.size()));
  parse_field(fields[0], parts[0], text, minutes_);
  parse_field(fields[1], parts[1], text, hours_);
  parse_field(fields[2], parts[2], text, days_);
  parse_field(fields[3], parts[3], text, months_);
  parse_field(fields[4], parts[4], text, weekdays_);
  if (weekdays_.test(7)) weekdays_.set(0);
  any_day_ = parts[2].starts_with('*');
  any_weekday_ = parts[4].starts_with('*');
}

bool CronExpression::matches(UtcTime time) const {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss of_day(time - day);
  if (!minutes_.test(static_cast<std::size_t>(of_day.minutes().count()))) return false;
  if (!hours_.test(static_cast<std::size_t>(of_day.hours().count()))) return false;
  if (!months_.test(static_cast<unsigned>(date.month()))) return false;
  const bool is_day = days_.test(static_cast<unsigned>(date.day()));
  const bool is_weekday = weekdays_.test(std::chrono::weekday(day).c_encoding());
  if (any_day_ || any_weekday_) return is_day && is_weekday;
  return is_day || is_weekday;
}

bool take_cron_minute(db::Database& database, const std::string& name, UtcTime at) {
  db::Statement take = database.prepare(
      "INSERT INTO job_cron (name, last_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last_at = "
      "excluded.last_at WHERE job_cron.last_at < excluded.last_at");
  take.bind(name).bind(format_utc(at)).run();
  return take.changes() == 1;
}

}  // namespace heaters::jobs
