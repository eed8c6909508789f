#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heaters {

// LEB128 variable-length integers, signed ones zigzag-coded: small numbers of either sign take one byte. The
// base of our binary artifacts.
class VarintWriter {
 public:
  void put_unsigned(std::uint64_t value);
  void put_signed(std::int64_t value);
  void put_bytes(std::span<const std::byte> bytes);

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// Reads what VarintWriter wrote. Every read throws Corrupt, naming `what`, past the end or on a malformed
// number.
class VarintReader {
 public:
  VarintReader(std::span<const std::byte> bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  std::uint64_t get_unsigned();
  std::int64_t get_signed();
  // Skips `expected` if the bytes begin with it, throws Corrupt otherwise.
  void expect(std::span<const std::byte> expected);
  // The next `count` bytes, borrowed.
  std::span<const std::byte> get_bytes(std::size_t count);
  bool at_end() const { return bytes_.empty(); }
  std::size_t remaining() const { return bytes_.size(); }
  [[noreturn]] void fail(const std::string& why) const;

 private:
  std::span<const std::byte> bytes_;
  std::string what_;
};

}  // namespace heaters
