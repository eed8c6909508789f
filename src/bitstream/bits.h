#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace heaters::bitstream {

// Reads the fields of a raw byte sequence payload, most significant bit first, with the codings that H.264
// (ITU-T H.264, 9.1) and HEVC (H.265, 9.2) share. Reading past the end throws Corrupt. Borrows the bytes; not
// thread-safe.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint32_t bits(int count);  // u(count), 0 to 32 of them
  bool flag() { return bits(1) != 0; }
  std::uint32_t ue();  // Exp-Golomb
  std::int32_t se();   // the same, signed
  void skip(std::size_t count);

  std::size_t position() const { return position_; }  // in bits
  std::size_t size() const { return bytes_.size() * 8; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

// Writes them. Not thread-safe.
class BitWriter {
 public:
  void bits(std::uint32_t value, int count);
  void flag(bool value) { bits(value ? 1 : 0, 1); }
  void ue(std::uint32_t value);
  void se(std::int32_t value);
  // The bits [begin, end) of other bytes.
  void copy(std::span<const std::byte> from, std::size_t begin, std::size_t end);
  // Bits of one value until a byte is full.
  void align(bool value);

  const std::vector<std::byte>& bytes() const { return bytes_; }
  std::size_t position() const { return position_; }

 private:
  std::vector<std::byte> bytes_;
  std::size_t position_ = 0;
};

// The position behind the last bit that is 1, which ends a payload (rbsp_stop_one_bit); 0 when all are 0.
std::size_t end_of_payload(std::span<const std::byte> bytes);

}  // namespace heaters::bitstream
