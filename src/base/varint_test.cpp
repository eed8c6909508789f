#include "base/varint.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace heaters {
namespace {

TEST(Varint, EveryNumberComesBack) {
  const std::vector<std::int64_t> numbers = {0,
                                             1,
                                             -1,
                                             63,
                                             64,
                                             -64,
                                             -65,
                                             300,
                                             1'000'000'007,
                                             std::numeric_limits<std::int64_t>::max(),
                                             std::numeric_limits<std::int64_t>::min()};
  VarintWriter writer;
  for (const auto number : numbers) {
    writer.put_signed(number);
    writer.put_unsigned(static_cast<std::uint64_t>(number));
  }
  const auto bytes = writer.take();
  VarintReader reader(bytes, "test");
  for (const auto number : numbers) {
    EXPECT_EQ(reader.get_signed(), number);
    EXPECT_EQ(reader.get_unsigned(), static_cast<std::uint64_t>(number));
  }
  EXPECT_TRUE(reader.at_end());
}

TEST(Varint, SmallNumbersOfEitherSignTakeOneByte) {
  VarintWriter writer;
  writer.put_signed(-64);
  writer.put_signed(63);
  EXPECT_EQ(writer.take().size(), 2U);
}

TEST(Varint, DamageIsAnErrorNotACrash) {
  const std::vector<std::byte> open_ended(4, std::byte{0x80});
  EXPECT_THROW(VarintReader(open_ended, "test").get_unsigned(), Error);
  const std::vector<std::byte> too_long(11, std::byte{0x80});
  EXPECT_THROW(VarintReader(too_long, "test").get_unsigned(), Error);
  EXPECT_THROW(VarintReader({}, "test").get_signed(), Error);
}

}  // namespace
}  // namespace heaters
