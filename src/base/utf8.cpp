#include "base/utf8.h"

#include "base/json.h"

namespace heaters {

std::string valid_utf8(std::string_view text) {
  const std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>();
}

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : valid_utf8(text)) {
    const bool is_control = (c >= 0 && c < 0x20) || c == 0x7f;
    result += is_control ? "\uFFFD" : std::string(1, c);
  }
  return result;
}

}  // namespace heaters
