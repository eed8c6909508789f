// What a worker says, in pieces of any size: whole lines come out, nothing else, and JSON is taken for what
// it is.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "sidecar/line_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t most_bytes = 200;
  const std::size_t step = data[0] % 32 + 1;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  heaters::sidecar::LineReader reader(most_bytes);
  std::string read;
  try {
    for (std::size_t at = 0; at < text.size(); at += step) {
      reader.append(std::span(text).subspan(at, std::min(step, text.size() - at)));
      while (const auto line = reader.next()) {
        if (line->size() > most_bytes || line->find('\n') != std::string::npos) std::abort();
        [[maybe_unused]] const auto event = heaters::Json::parse(*line, nullptr, false);
        read += *line + "\n";
      }
    }
  } catch (const heaters::Error&) {
    // Too long a line: what came before was whole.
    if (text.compare(0, read.size(), read) != 0) std::abort();
    return 0;
  }
  if (text.substr(0, text.rfind('\n') + 1) != read) std::abort();
  return 0;
}
