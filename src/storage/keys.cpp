#include "storage/keys.h"

#include <algorithm>

namespace heaters::storage {

std::string video_prefix(std::string_view video_id) {
  return "videos/" + std::string(video_id) + "/";
}

std::string video_key(std::string_view video_id, std::string_view name) {
  return video_prefix(video_id) + std::string(name);
}

bool is_valid_key(std::string_view key) {
  if (key.empty() || key.size() > 512) return false;
  bool at_part_begin = true;
  for (const char c : key) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (at_part_begin && !is_plain) return false;
    if (!is_plain && c != '.' && c != '/') return false;
    at_part_begin = c == '/';
  }
  return !at_part_begin;
}

}  // namespace heaters::storage
