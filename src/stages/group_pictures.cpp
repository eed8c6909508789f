#include "stages/group_pictures.h"

#include <utility>

namespace heaters::stages {

// Whoever writes what is read now must not wait for groups that come after.
bool GroupPictures::has_room(std::size_t group) const {
  if (group != current_) return held_ < most_held_;
  const auto found = groups_.find(group);
  return found == groups_.end() || found->second.pictures.size() < most_held_;
}

bool GroupPictures::give(std::size_t group, FrameNumber frame, const shots::SmallPicture& picture) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_closed_ || has_room(group); });
  if (is_closed_) return false;
  groups_[group].pictures.push_back({frame, picture});
  ++held_;
  changed_.notify_all();
  return true;
}

void GroupPictures::end(std::size_t group) {
  const std::lock_guard lock(mutex_);
  groups_[group].is_over = true;
  changed_.notify_all();
}

void GroupPictures::fail(std::size_t group, std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  groups_[group].failure = std::move(failure);
  changed_.notify_all();
}

std::optional<GroupPictures::Picture> GroupPictures::next(std::size_t group) {
  std::unique_lock lock(mutex_);
  if (current_ != group) {
    current_ = group;
    changed_.notify_all();
  }
  Held& held = groups_[group];
  changed_.wait(lock, [&] { return !held.pictures.empty() || held.is_over || held.failure; });
  if (held.failure) std::rethrow_exception(held.failure);
  if (held.pictures.empty()) {
    groups_.erase(group);
    return std::nullopt;
  }
  const Picture picture = held.pictures.front();
  held.pictures.pop_front();
  --held_;
  changed_.notify_all();
  return picture;
}

void GroupPictures::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  changed_.notify_all();
}

}  // namespace heaters::stages
