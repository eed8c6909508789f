#include "base/base64.h"

#include <openssl/evp.h>

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

}  // namespace heaters
