#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>

#include "base/time.h"
#include "shots/small_picture.h"

namespace heaters::stages {

// Carries the pictures of groups that are decoded side by side to one reader, group after group. A writer of
// a group that is not read yet waits when many pictures are held, so that memory is bounded. Thread-safe: one
// reader, and a writer for each group.
class GroupPictures {
 public:
  // `most_held`: pictures of groups that are not read yet, of 3.5 KB each.
  explicit GroupPictures(std::size_t most_held) : most_held_(most_held) {}

  struct Picture {
    FrameNumber frame;
    shots::SmallPicture small;
  };

  // For writers. give() waits for room, and is false when the reader has left: then nothing more is wanted.
  bool give(std::size_t group, FrameNumber frame, const shots::SmallPicture& picture);
  void end(std::size_t group);
  void fail(std::size_t group, std::exception_ptr failure);

  // For the reader, by groups in ascending order from 0: the next picture of the group; nullopt at its end.
  // Throws what its writer failed by.
  std::optional<Picture> next(std::size_t group);

  // The reader leaves.
  void close();

 private:
  struct Held {
    std::deque<Picture> pictures;
    bool is_over = false;
    std::exception_ptr failure;
  };

  bool has_room(std::size_t group) const;

  const std::size_t most_held_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::size_t, Held> groups_;
  std::size_t current_ = 0;  // that is read
  std::size_t held_ = 0;     // pictures, of all groups
  bool is_closed_ = false;
};

}  // namespace heaters::stages
