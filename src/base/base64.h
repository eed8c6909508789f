#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heaters {

// RFC 4648 section 4, with padding.
std::string base64(std::span<const std::byte> bytes);

// Reads it back; nullopt for what is none.
std::optional<std::vector<std::byte>> base64_decoded(std::string_view text);

}  // namespace heaters
