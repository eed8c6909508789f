#pragma once

#include <cstddef>
#include <cstdint>
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
// As numbers of one signed byte each, which vectors of directions are made of.
std::optional<std::vector<std::int8_t>> base64_decoded_signed(std::string_view text);

}  // namespace heaters
