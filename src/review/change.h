#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/video.h"

namespace heaters::review {

// What happened to one clip, which is known by its id: it was made (no `before`), went away (no `after`), or
// changed. A clip whose row stayed the same while its neighbour's cut moved has changed too: its span did.
struct Change {
  std::optional<catalog::Clip> before;
  std::optional<catalog::Clip> after;
  bool operator==(const Change&) const = default;
};

// The other way round.
std::vector<Change> inverse(const std::vector<Change>& changes);

// As they are kept in the log.
std::string changes_json(const std::vector<Change>& changes);
// Throws Corrupt.
std::vector<Change> parse_changes(const std::string& json);

}  // namespace heaters::review
