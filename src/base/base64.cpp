#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace heaters {

std::string base64(std::span<const std::byte> bytes) {
  // libcrypto writes a terminating zero as well.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  auto* out = static_cast<unsigned char*>(static_cast<void*>(text.data()));
  const auto* in = static_cast<const unsigned char*>(static_cast<const void*>(bytes.data()));
  const int length = EVP_EncodeBlock(out, in, static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::optional<std::vector<std::byte>> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  // libcrypto takes padding and blanks anywhere.
  const auto padding = std::min(text.size() - text.find_last_not_of('=') - 1, text.size());
  if (padding > 2 || text.find_first_of("= \t\r\n") < text.size() - padding) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  auto* out = static_cast<unsigned char*>(static_cast<void*>(bytes.data()));
  const auto* in = static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
  const int length = EVP_DecodeBlock(out, in, static_cast<int>(text.size()));
  if (length < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

std::optional<std::vector<std::int8_t>> base64_decoded_signed(std::string_view text) {
  const auto bytes = base64_decoded(text);
  if (!bytes) return std::nullopt;
  std::vector<std::int8_t> numbers(bytes->size());
  std::transform(bytes->begin(), bytes->end(), numbers.begin(), [](std::byte each) {
    return static_cast<std::int8_t>(std::to_integer<std::uint8_t>(each));
  });
  return numbers;
}

}  // namespace heaters
