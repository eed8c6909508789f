#include "app/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/utf8.h"

namespace heaters::app {

namespace {

std::string bar(double share) {
  constexpr int width = 28;
  const int filled = static_cast<int>(share * width);
  std::string text;
  for (int i = 0; i < width; ++i) text += i < filled ? "█" : "░";
  return text;
}

std::string amount(double value, const std::string& unit) {
  constexpr double mib = 1024 * 1024;
  if (unit == "bytes") return fmt::format("{:.1f} MiB", value / mib);
  return fmt::format("{:.0f} {}", value, unit);
}

void draw(const std::string& title, const Progress& progress) {
  const auto done = static_cast<double>(progress.done);
  const auto expected = static_cast<double>(std::max(progress.expected, progress.done));
  std::string line = fmt::format("{}  {:<8}  ", title, progress.activity);
  // A server need not say how much there is.
  const bool is_known = progress.expected > 0;
  if (is_known) line += fmt::format("{} {:3.0f} %  ", bar(done / expected), 100 * done / expected);
  line += fmt::format("{}  {}/s", amount(done, progress.unit), amount(progress.per_second, progress.unit));
  if (is_known && progress.per_second > 0)
    line += fmt::format("  {:.0f} s left", (expected - done) / progress.per_second);
  // \r and "erase to the end of the line": the bar stays on its line.
  fmt::print(stderr, "\r{}\033[K", line);
  if (progress.finished) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace

ProgressListener progress_bar(const std::string& title) {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [title = printable(title)](const Progress& progress) { draw(title, progress); };
}

}  // namespace heaters::app
