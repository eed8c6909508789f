#include "base/varint.h"

#include <algorithm>

#include "base/error.h"

namespace heaters {

void VarintWriter::put_unsigned(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void VarintWriter::put_signed(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  put_unsigned(bits << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void VarintWriter::put_bytes(std::span<const std::byte> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::uint64_t VarintReader::get_unsigned() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bytes_.empty()) fail("ends in the middle of a number");
    const auto byte = std::to_integer<std::uint64_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail("has a number of more than 64 bits");
}

std::int64_t VarintReader::get_signed() {
  const std::uint64_t bits = get_unsigned();
  return static_cast<std::int64_t>(bits >> 1 ^ ((bits & 1) != 0 ? UINT64_MAX : 0));
}

void VarintReader::expect(std::span<const std::byte> expected) {
  if (bytes_.size() < expected.size() || !std::equal(expected.begin(), expected.end(), bytes_.begin())) {
    fail("does not begin as expected");
  }
  bytes_ = bytes_.subspan(expected.size());
}

std::span<const std::byte> VarintReader::get_bytes(std::size_t count) {
  if (count > bytes_.size()) fail("ends too early");
  const auto taken = bytes_.first(count);
  bytes_ = bytes_.subspan(count);
  return taken;
}

void VarintReader::fail(const std::string& why) const {
  throw Error(ErrorKind::Corrupt, "read " + what_ + ": it " + why);
}

}  // namespace heaters
