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

void draw(const std::string& title, const Progress& progress) {
  const auto expected = std::max(progress.expected, progress.done);
  const double share = expected > 0 ? static_cast<double>(progress.done) / static_cast<double>(expected) : 0;
  const double left =
      progress.per_second > 0 ? static_cast<double>(expected - progress.done) / progress.per_second : 0;
  // \r and "erase to the end of the line": the bar stays on its line.
  fmt::print(stderr, "\r{}  {} {:3.0f} %  {} {}  {:.0f}/s  {:.0f} s left\033[K", title, bar(share),
             share * 100, progress.done, progress.unit, progress.per_second, left);
  if (progress.finished) fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

}  // namespace

ProgressListener progress_bar(const std::string& title) {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [title = printable(title)](const Progress& progress) { draw(title, progress); };
}

}  // namespace heaters::app
