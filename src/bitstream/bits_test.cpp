#include "bitstream/bits.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace heaters::bitstream {
namespace {

TEST(Bits, NumbersComeBackAsTheyWereWritten) {
  BitWriter writer;
  writer.flag(true);
  for (const std::uint32_t value : {0U, 1U, 2U, 7U, 8U, 254U, 65535U, 4000000000U}) writer.ue(value);
  for (const std::int32_t value : {0, 1, -1, 2, -2, 1000000, -1000000}) writer.se(value);
  writer.bits(0xABC, 12);
  BitReader reader(writer.bytes());
  EXPECT_TRUE(reader.flag());
  for (const std::uint32_t value : {0U, 1U, 2U, 7U, 8U, 254U, 65535U, 4000000000U})
    EXPECT_EQ(reader.ue(), value);
  for (const std::int32_t value : {0, 1, -1, 2, -2, 1000000, -1000000}) EXPECT_EQ(reader.se(), value);
  EXPECT_EQ(reader.bits(12), 0xABCU);
}

// H.264, table 9-2.
TEST(Bits, ExpGolombCodesAreTheStandards) {
  BitWriter writer;
  for (const std::uint32_t value : {0U, 1U, 2U, 3U}) writer.ue(value);
  EXPECT_EQ(writer.position(), 1U + 3 + 3 + 5);
  EXPECT_EQ(writer.bytes()[0], std::byte{0b10100110});
  EXPECT_EQ(writer.bytes()[1], std::byte{0b01000000});
}

TEST(Bits, ReadingBeyondTheEndIsCorrupt) {
  const std::vector<std::byte> one{std::byte{0}};
  BitReader reader(one);
  EXPECT_THROW(reader.bits(9), Error);
  EXPECT_THROW(reader.ue(), Error);
}

TEST(Bits, CopiesKeepTheirBitsWhereverTheyGo) {
  std::vector<std::byte> from;
  from.reserve(40);
  for (int i = 0; i < 40; ++i) from.push_back(static_cast<std::byte>(i * 37));
  for (std::size_t begin = 0; begin < 20; ++begin) {
    for (std::size_t shift = 0; shift < 9; ++shift) {
      BitWriter writer;
      writer.bits(0, static_cast<int>(shift));
      writer.copy(from, begin, 300);
      BitReader written(writer.bytes());
      written.skip(shift);
      BitReader original(from);
      original.skip(begin);
      for (std::size_t at = begin; at < 300; ++at)
        ASSERT_EQ(written.bits(1), original.bits(1)) << begin << " " << shift;
    }
  }
}

TEST(Bits, APayloadEndsBehindItsLastOne) {
  EXPECT_EQ(end_of_payload(std::vector<std::byte>{std::byte{0xFF}, std::byte{0x80}, std::byte{0}}), 9U);
  EXPECT_EQ(end_of_payload(std::vector<std::byte>{std::byte{0}}), 0U);
}

}  // namespace
}  // namespace heaters::bitstream
