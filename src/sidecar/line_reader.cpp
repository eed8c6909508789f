#include "sidecar/line_reader.h"

#include <fmt/format.h>

#include "base/error.h"

namespace heaters::sidecar {

void LineReader::append(std::span<const char> bytes) {
  if (begin_ > 0) {
    pending_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  pending_.append(bytes.data(), bytes.size());
}

std::optional<std::string> LineReader::next() {
  const auto newline = pending_.find('\n', scanned_);
  const std::size_t end = newline == std::string::npos ? pending_.size() : newline;
  if (end - begin_ > most_bytes_) {
    throw Error(ErrorKind::Corrupt, fmt::format("read a line: it is longer than {} bytes", most_bytes_));
  }
  if (newline == std::string::npos) {
    scanned_ = pending_.size();
    return std::nullopt;
  }
  std::string line = pending_.substr(begin_, newline - begin_);
  begin_ = scanned_ = newline + 1;
  return line;
}

}  // namespace heaters::sidecar
