#include "media/frame_table.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace heaters::media {
namespace {

FrameTable table_of(Rational time_base, const std::vector<std::int64_t>& pts) {
  FrameTable table(time_base);
  for (std::size_t i = 0; i < pts.size(); ++i) {
    table.append({pts[i], static_cast<std::int64_t>(i * 1000), 900, i % 12 == 0});
  }
  return table;
}

TEST(FrameTable, TimesAreTheFramesOwn) {
  const FrameTable table = table_of({1, 1000}, {500, 542, 583, 1000});
  EXPECT_DOUBLE_EQ(table.seconds(0), 0);
  EXPECT_DOUBLE_EQ(table.seconds(2), 0.083);
  EXPECT_DOUBLE_EQ(table.seconds(3), 0.5);
  EXPECT_DOUBLE_EQ(table.seconds(4), 0.917);  // the last frame lasts as long as the one before it
}

TEST(FrameTable, RoundingToMillisecondsIsNoVariableRate) {
  std::vector<std::int64_t> film(200);
  for (std::size_t i = 0; i < film.size(); ++i)
    film[i] = (static_cast<std::int64_t>(i) * 1001 * 1000 + 12000) / 24000;
  EXPECT_FALSE(table_of({1, 1000}, film).is_variable_rate());
  film.back() += 40;
  EXPECT_TRUE(table_of({1, 1000}, film).is_variable_rate());
}

TEST(FrameTable, MeanRateIsExact) {
  EXPECT_EQ(table_of({1, 30000}, {0, 1001, 2002, 3003}).mean_rate(), (Rational{30000, 1001}));
  EXPECT_EQ(table_of({1, 25}, {7}).mean_rate(), (Rational{0, 1}));
}

TEST(FrameTable, ComesBackFromDiskAsItWas) {
  FrameTable table({1, 90000});
  table.append({-3000, 48, 70'000, true});
  table.append({600, -1, 0, false});
  table.append({4200, 1'000'000'000'000, 12, false});
  table.append({std::int64_t{1} << 60, 12, 4'000'000'000U, true});
  EXPECT_EQ(FrameTable::decode(table.encode()), table);
  EXPECT_EQ(FrameTable::decode(FrameTable({1, 25}).encode()), FrameTable({1, 25}));
}

TEST(FrameTable, IsCompactOnDisk) {
  std::vector<std::int64_t> pts(1000);
  for (std::size_t i = 0; i < pts.size(); ++i) pts[i] = static_cast<std::int64_t>(i) * 512;
  EXPECT_LE(table_of({1, 12288}, pts).encode().size(), 6U * 1000);
}

TEST(FrameTable, DamageIsCorruptNotACrash) {
  const auto bytes = table_of({1, 25}, {0, 1, 2, 3, 4, 5, 6, 7}).encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(FrameTable::decode(std::span(bytes).first(length)), Error) << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0xff};
    try {
      FrameTable::decode(damaged);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
    }
  }
}

}  // namespace
}  // namespace heaters::media
