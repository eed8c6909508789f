#include "bitstream/bits.h"

#include <bit>

#include "base/check.h"
#include "base/error.h"

namespace heaters::bitstream {

std::uint32_t BitReader::bits(int count) {
  HEATERS_CHECK(count >= 0 && count <= 32);
  if (static_cast<std::size_t>(count) > size() - position_) {
    throw Error(ErrorKind::Corrupt, "read a video's headers: one of them ends too early");
  }
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i, ++position_) {
    const auto byte = std::to_integer<unsigned>(bytes_[position_ / 8]);
    value = (value << 1) | ((byte >> (7 - position_ % 8)) & 1U);
  }
  return value;
}

std::uint32_t BitReader::ue() {
  int zeros = 0;
  while (!flag()) {
    if (++zeros > 31) throw Error(ErrorKind::Corrupt, "read a video's headers: a number makes no sense");
  }
  return ((1U << zeros) - 1) + bits(zeros);
}

std::int32_t BitReader::se() {
  const std::uint32_t code = ue();
  const auto magnitude = static_cast<std::int32_t>(code / 2 + code % 2);
  return code % 2 == 1 ? magnitude : -magnitude;
}

void BitReader::skip(std::size_t count) {
  if (count > size() - position_) {
    throw Error(ErrorKind::Corrupt, "read a video's headers: one of them ends too early");
  }
  position_ += count;
}

void BitWriter::bits(std::uint32_t value, int count) {
  HEATERS_CHECK(count >= 0 && count <= 32);
  for (int i = count - 1; i >= 0; --i, ++position_) {
    if (position_ % 8 == 0) bytes_.push_back(std::byte{0});
    const auto bit = static_cast<unsigned>((value >> i) & 1U);
    bytes_.back() |= static_cast<std::byte>(bit << (7 - position_ % 8));
  }
}

void BitWriter::ue(std::uint32_t value) {
  HEATERS_CHECK(value < 0xFFFFFFFF);
  const auto width = static_cast<int>(std::bit_width(value + 1));
  bits(0, width - 1);
  bits(value + 1, width);
}

void BitWriter::se(std::int32_t value) {
  const auto magnitude = static_cast<std::uint32_t>(value < 0 ? -std::int64_t{value} : std::int64_t{value});
  ue(value > 0 ? 2 * magnitude - 1 : 2 * magnitude);
}

void BitWriter::copy(std::span<const std::byte> from, std::size_t begin, std::size_t end) {
  HEATERS_CHECK(begin <= end && end <= from.size() * 8);
  BitReader reader(from);
  reader.skip(begin);
  std::size_t left = end - begin;
  if (position_ % 8 == 0 && begin % 8 == 0) {  // whole bytes as they are
    const auto first = from.begin() + static_cast<std::ptrdiff_t>(begin / 8);
    bytes_.insert(bytes_.end(), first, first + static_cast<std::ptrdiff_t>(left / 8));
    position_ += left / 8 * 8;
    reader.skip(left / 8 * 8);
    left %= 8;
  }
  for (; left >= 8; left -= 8) bits(reader.bits(8), 8);
  bits(reader.bits(static_cast<int>(left)), static_cast<int>(left));
}

void BitWriter::align(bool value) {
  while (position_ % 8 != 0) flag(value);
}

std::size_t end_of_payload(std::span<const std::byte> bytes) {
  for (std::size_t i = bytes.size(); i > 0; --i) {
    const auto byte = std::to_integer<unsigned char>(bytes[i - 1]);
    if (byte != 0) return i * 8 - static_cast<std::size_t>(std::countr_zero(byte));
  }
  return 0;
}

}  // namespace heaters::bitstream
