#include "base/digest.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.h"

namespace heaters {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestKind kind) : state_(std::make_unique<State>()) {
  HEATERS_CHECK(state_->context != nullptr);
  const EVP_MD* algorithm = kind == DigestKind::Sha256 ? EVP_sha256() : EVP_md5();
  HEATERS_CHECK(EVP_DigestInit_ex(state_->context, algorithm, nullptr) == 1);
}

Digest::~Digest() = default;

void Digest::update(std::span<const std::byte> bytes) {
  HEATERS_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

std::vector<std::byte> Digest::finish() {
  std::vector<std::byte> digest(EVP_MAX_MD_SIZE);
  unsigned int length = 0;
  auto* out = static_cast<unsigned char*>(static_cast<void*>(digest.data()));
  HEATERS_CHECK(EVP_DigestFinal_ex(state_->context, out, &length) == 1);
  digest.resize(length);
  return digest;
}

std::string Digest::hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

std::string sha256_hex(std::string_view text) {
  Digest digest(DigestKind::Sha256);
  digest.update(std::as_bytes(std::span(text)));
  return digest.finish_hex();
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HEATERS_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
                     &length) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

bool is_same_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace heaters
