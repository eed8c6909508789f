#include "shots/shot_list.h"

#include <fmt/format.h>

namespace heaters::shots {

namespace {

std::string kind_of(const Shot& shot) {
  return shot.cut ? std::string(to_string(shot.cut->kind)) : "start";
}

std::string score_of(const Shot& shot) {
  return shot.cut ? fmt::format("{:.2f}", shot.cut->score) : "";
}

}  // namespace

std::string to_table(const ShotList& list) {
  std::string text = fmt::format("{:>5}  {:>9}  {:>9}  {:>12}  {:>12}  {:>8}  {:<8}  {:>5}\n", "shot",
                                 "begin", "end", "from", "to", "seconds", "begins", "score");
  std::size_t number = 0;
  for (const Shot& shot : list.shots) {
    text += fmt::format("{:>5}  {:>9}  {:>9}  {:>12}  {:>12}  {:>8.3f}  {:<8}  {:>5}\n", ++number,
                        shot.span.begin, shot.span.end, format_clock_time(shot.begin_seconds),
                        format_clock_time(shot.end_seconds), shot.end_seconds - shot.begin_seconds,
                        kind_of(shot), score_of(shot));
  }
  return text;
}

}  // namespace heaters::shots
