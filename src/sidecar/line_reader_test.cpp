#include "sidecar/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "base/error.h"

namespace heaters::sidecar {
namespace {

using testing::ElementsAre;

std::vector<std::string> lines(LineReader& reader) {
  std::vector<std::string> all;
  while (auto line = reader.next()) all.push_back(*std::move(line));
  return all;
}

TEST(LineReader, LinesComeWholeHoweverTheyAreSplit) {
  const std::string text = "a\n\nlong line with spaces\nlast\n";
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    LineReader reader(100);
    std::vector<std::string> all;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t length = std::min<std::size_t>(text.size() - at, random() % 7);
      reader.append(std::span(text).subspan(at, length));
      at += length;
      for (auto& line : lines(reader)) all.push_back(std::move(line));
    }
    EXPECT_THAT(all, ElementsAre("a", "", "long line with spaces", "last"));
  }
}

TEST(LineReader, AnUnfinishedLineIsKept) {
  LineReader reader(100);
  reader.append(std::string_view("a\nb"));
  EXPECT_THAT(lines(reader), ElementsAre("a"));
  reader.append(std::string_view("c\n"));
  EXPECT_THAT(lines(reader), ElementsAre("bc"));
}

TEST(LineReader, LongLinesAreRefusedBeforeTheyEnd) {
  LineReader reader(10);
  reader.append(std::string_view("0123456789\n"));
  EXPECT_THAT(lines(reader), ElementsAre("0123456789"));
  reader.append(std::string_view("0123456789a"));
  EXPECT_THROW(reader.next(), Error);
}

}  // namespace
}  // namespace heaters::sidecar
