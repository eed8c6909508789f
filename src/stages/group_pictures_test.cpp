#include "stages/group_pictures.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace heaters::stages {
namespace {

shots::SmallPicture picture_of(FrameNumber frame) {
  shots::SmallPicture picture;
  picture.mean = static_cast<float>(frame);
  return picture;
}

// Groups of a thousand frames.
void write(GroupPictures& pictures, std::size_t group, int count) {
  const auto begin = static_cast<FrameNumber>(group * 1000);
  for (FrameNumber frame = begin; frame < begin + count; ++frame)
    if (!pictures.give(group, frame, picture_of(frame))) return;
  pictures.end(group);
}

std::vector<FrameNumber> read(GroupPictures& pictures, std::size_t group) {
  std::vector<FrameNumber> frames;
  while (const auto picture = pictures.next(group)) {
    EXPECT_EQ(picture->small, picture_of(picture->frame));
    frames.push_back(picture->frame);
  }
  return frames;
}

std::vector<FrameNumber> frames_of(std::size_t group, int count) {
  std::vector<FrameNumber> frames;
  frames.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) frames.push_back(static_cast<FrameNumber>(group * 1000) + i);
  return frames;
}

TEST(GroupPictures, ComeGroupAfterGroupWhoeverWritesThem) {
  GroupPictures pictures(500);
  std::atomic<std::size_t> next = 0;
  constexpr std::size_t groups = 40;
  constexpr int frames = 90;
  std::vector<std::jthread> writers;
  writers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      for (std::size_t group = next++; group < groups; group = next++) write(pictures, group, frames);
    });
  }
  for (std::size_t group = 0; group < groups; ++group)
    EXPECT_EQ(read(pictures, group), frames_of(group, frames)) << group;
}

// Or memory would grow by whole groups while the reader waits for a slow one.
TEST(GroupPictures, AWriterAheadWaitsUntilItsGroupIsRead) {
  GroupPictures pictures(500);
  std::atomic<bool> is_over = false;
  std::jthread ahead([&] {
    write(pictures, 1, 1000);
    is_over = true;
  });
  write(pictures, 0, 3);
  EXPECT_EQ(read(pictures, 0), frames_of(0, 3));
  EXPECT_FALSE(is_over);  // a thousand are more than are held
  EXPECT_EQ(read(pictures, 1), frames_of(1, 1000));
}

TEST(GroupPictures, AFailureComesWhenItsGroupDoes) {
  GroupPictures pictures(500);
  pictures.fail(1, std::make_exception_ptr(std::runtime_error("damaged")));
  write(pictures, 0, 2);
  EXPECT_EQ(read(pictures, 0), frames_of(0, 2));
  EXPECT_THROW(pictures.next(1), std::runtime_error);
}

TEST(GroupPictures, AWriterEndsWhenTheReaderLeaves) {
  GroupPictures pictures(500);
  bool is_wanted = true;
  {
    const std::jthread writer([&] {
      FrameNumber frame = 0;
      while ((is_wanted = pictures.give(3, frame, picture_of(frame)))) ++frame;
    });
    pictures.close();
  }
  EXPECT_FALSE(is_wanted);
}

}  // namespace
}  // namespace heaters::stages
