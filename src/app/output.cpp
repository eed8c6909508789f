#include "app/output.h"

#include <cerrno>
#include <cstdio>

#include "base/error.h"

namespace heaters::app {

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw system_error(errno, "write the result to standard output");
  }
}

void print_error(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

}  // namespace heaters::app
