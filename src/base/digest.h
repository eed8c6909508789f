#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heaters {

enum class DigestKind {
  Sha256,  // FIPS 180-4
  Md5      // RFC 1321; for S3, which names objects' contents by it
};

// The digest of a byte stream, over libcrypto, which uses the processor's instructions for it. Not
// thread-safe.
class Digest {
 public:
  explicit Digest(DigestKind kind);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void update(std::span<const std::byte> bytes);

  // Ends the stream: call once.
  std::vector<std::byte> finish();
  std::string finish_hex() { return hex(finish()); }

  // Lower-case hexadecimal digits.
  static std::string hex(std::span<const std::byte> bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of a text, in hexadecimal.
std::string sha256_hex(std::string_view text);

// HMAC-SHA-256 (RFC 2104) of a text, 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

// Whether two texts are the same, in a time that does not tell where they differ.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace heaters
