#include "app/duration.h"

#include <array>
#include <charconv>
#include <string_view>

namespace heaters::app {

std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units = {
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  constexpr std::int64_t most = 1'000'000'000;
  if (error != std::errc() || number < 0 || number > most) return std::nullopt;
  if (number == 0 && unit.empty()) return std::chrono::milliseconds(0);
  for (const auto& [name, milliseconds] : units) {
    if (unit == name) return std::chrono::milliseconds(number * milliseconds);
  }
  return std::nullopt;
}

}  // namespace heaters::app
