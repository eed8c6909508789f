#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace heaters {

// SHA-256 (FIPS 180-4) of a byte stream, over libcrypto, which uses the processor's SHA instructions where it
// has them. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const std::byte> bytes);

  // The digest as 64 lower-case hexadecimal digits. Ends the stream: call once.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heaters
