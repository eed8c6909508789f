#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace heaters::sidecar {

// Cuts a stream of bytes into lines, however they are split over reads. A line that is longer than
// `most_bytes` throws Corrupt: the other side does not keep to the protocol. Not thread-safe.
class LineReader {
 public:
  explicit LineReader(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void append(std::span<const char> bytes);
  // Without its newline; nullopt until a whole one is there.
  std::optional<std::string> next();

 private:
  std::size_t most_bytes_;
  std::string pending_;
  std::size_t begin_ = 0;    // of what was not handed out yet
  std::size_t scanned_ = 0;  // up to here there is no newline
};

}  // namespace heaters::sidecar
