#pragma once

#include <string>
#include <string_view>

namespace heaters {

// RFC 3986: every byte but letters, digits, "-._~" and those of `kept` as %XX.
std::string percent_encoded(std::string_view text, std::string_view kept = "");

// Reads it back; what is no %XX stays as it is.
std::string percent_decoded(std::string_view text);

}  // namespace heaters
