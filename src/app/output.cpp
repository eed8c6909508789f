#include "app/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/utf8.h"

namespace heaters::app {

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw system_error(errno, "write the result to standard output");
  }
}

void print_json(const Json& json, int indent) {
  print(json_text(json, indent) + "\n");
}

void print_error(std::string_view line) {
  // A progress bar may stand on the line.
  if (::isatty(STDERR_FILENO) != 0) std::fputs("\r\033[K", stderr);
  const std::string text = printable(line);
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace heaters::app
