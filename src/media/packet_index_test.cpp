#include "media/packet_index.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace heaters::media {
namespace {

PacketIndex small() {
  PacketIndex index;
  index.codec = "avc1.64001f";
  index.description = {std::byte{1}, std::byte{0x64}, std::byte{0}, std::byte{0x1f}};
  index.display_width = 1280;
  index.display_height = 720;
  index.rotation = 90;
  index.time_base = {1, 30000};
  index.pts = {0, 1001, 2002, 3003};
  // I P B B in the order of decoding, and one that is never shown.
  index.packets = {{48, 5000, true, 0},
                   {5048, 900, false, 3},
                   {5948, 100, false, 1},
                   {7000, 80, false, 2},
                   {7080, 20, false, std::nullopt}};
  return index;
}

TEST(PacketIndex, ComesBackFromDiskAsItWas) {
  EXPECT_EQ(PacketIndex::decode(small().encode()), small());
  EXPECT_EQ(PacketIndex::decode(PacketIndex().encode()), PacketIndex());
}

TEST(PacketIndex, IsCompactOnDisk) {
  PacketIndex index = small();
  index.pts.clear();
  index.packets.clear();
  for (int i = 0; i < 1000; ++i) {
    index.pts.push_back(i * 1001);
    index.packets.push_back({i * 3000, 3000, i % 250 == 0, i});
  }
  EXPECT_LE(index.encode().size(), 6U * 1000);
}

TEST(PacketIndex, DamageIsCorruptNotACrash) {
  const auto bytes = small().encode();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THROW(PacketIndex::decode(std::span(bytes).first(length)), Error) << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] ^= std::byte{0xff};
    try {
      PacketIndex::decode(damaged);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
    }
  }
}

}  // namespace
}  // namespace heaters::media
