#include "media/container_extent.h"

#include <gtest/gtest.h>

#include <string>

namespace heaters::media {
namespace {

std::string box(const std::string& type, std::size_t size) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(size >> shift & 0xff);
  bytes += type;
  bytes.resize(std::max<std::size_t>(bytes.size(), size), '\0');
  return bytes;
}

ContainerExtent extent_of(const std::string& bytes) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "file";
  write_text_file(path, bytes);
  return read_container_extent(open_regular_file(path), bytes.size(), path);
}

TEST(ContainerExtent, SumsTheBoxesOfMp4) {
  const std::string whole = box("ftyp", 24) + box("moov", 100) + box("mdat", 1000);
  EXPECT_EQ(extent_of(whole).declared_bytes, 1124U);
  EXPECT_EQ(extent_of(whole.substr(0, 500)).declared_bytes, 1124U);
  EXPECT_FALSE(extent_of(whole).is_fragmented);
  EXPECT_TRUE(extent_of(whole + box("moof", 40) + box("mdat", 40)).is_fragmented);
}

TEST(ContainerExtent, TrailingBytesThatAreNoBoxDoNotCount) {
  EXPECT_EQ(extent_of(box("ftyp", 24) + box("mdat", 100) + std::string(500, '\xff')).declared_bytes, 124U);
}

TEST(ContainerExtent, ReadsTheSizeOfAMatroskaSegment) {
  const std::string ebml = std::string("\x1A\x45\xDF\xA3\x84", 5) + "1234";
  const std::string segment = std::string("\x18\x53\x80\x67\x41\x00", 6);  // 256 bytes
  EXPECT_EQ(extent_of(ebml + segment + std::string(256, 'x')).declared_bytes, 9U + 6 + 256);
  const std::string unknown = std::string("\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12);
  EXPECT_EQ(extent_of(ebml + unknown + std::string(99, 'x')).declared_bytes, 0U);
}

TEST(ContainerExtent, ReadsTheSizeOfARiff) {
  EXPECT_EQ(extent_of(std::string("RIFF\x10\x00\x00\x00"
                                  "AVI 12345678",
                                  20))
                .declared_bytes,
            24U);
  EXPECT_EQ(extent_of(std::string("RIFF\xff\xff\xff\xff"
                                  "AVI 12345678",
                                  20))
                .declared_bytes,
            0U);
}

TEST(ContainerExtent, OtherFilesDoNotSay) {
  EXPECT_EQ(extent_of("").declared_bytes, 0U);
  EXPECT_EQ(extent_of("G@\x11\x10").declared_bytes, 0U);
  EXPECT_EQ(extent_of(std::string(64, '\0')).declared_bytes, 0U);
}

TEST(ContainerExtent, SizesThatWrapAroundEndTheSearch) {
  std::string bytes = box("ftyp", 24);
  bytes += std::string("\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff", 16);
  EXPECT_EQ(extent_of(bytes).declared_bytes, 24U);
}

}  // namespace
}  // namespace heaters::media
