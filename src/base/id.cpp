#include "base/id.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include "base/error.h"

namespace heaters {

namespace {
constexpr std::string_view crockford = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t ulid_length = 26;
}  // namespace

std::string new_ulid() {
  std::array<std::uint8_t, 10> random{};
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw system_error(errno, "read random bytes for an id");
  }
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  auto milliseconds = static_cast<std::uint64_t>(now.count());

  std::string text(ulid_length, '0');
  for (std::size_t i = 10; i-- > 0; milliseconds >>= 5) text[i] = crockford[milliseconds & 31];
  // 80 random bits are 16 characters of 5 bits: two groups of 40 bits.
  for (std::size_t group = 0; group < 2; ++group) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i) bits = bits << 8 | random[group * 5 + i];
    for (std::size_t i = 8; i-- > 0; bits >>= 5) text[10 + group * 8 + i] = crockford[bits & 31];
  }
  return text;
}

bool is_ulid(std::string_view text) {
  return text.size() == ulid_length && std::all_of(text.begin(), text.end(), [](char c) {
           return crockford.find(c) != std::string_view::npos;
         });
}

}  // namespace heaters
