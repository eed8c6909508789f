#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/video.h"
#include "review/change.h"

namespace heaters::review {

// What a reviewer can do to clips. In the pictures, | is a cut, : a cut whose clip is grouped with the one
// before it, and capital letters are decided clips.
enum class Operation {
  Approve,    // | a | b |  ->  | A | b |
  Skip,       //                         looked at, and left for another time
  Archive,    //                         not wanted
  Merge,      // | A | b | c |  ->  | ab | c |     the cut at b goes; what is new is undecided
  Group,      // | A | b | c |  ->  | A : B | c |  kept together, and so both approved
  Ungroup,    // | A : B : C |  ->  | A | B | C |  b leaves its group
  Split,      // | A | b |  ->  | a | a | b |      a cut at a frame; what is new is undecided
  Move,       // | A | b |  ->  | A  | b|          the cut at b goes to another frame
  Resegment,  // all cuts of a video that nobody has reviewed are replaced
};

std::string_view to_string(Operation operation);  // "approve", ...
std::optional<Operation> parse_operation(std::string_view text);

struct Edit {
  Operation operation = Operation::Approve;
  std::vector<catalog::ClipId> clips;      // of one video; none for Resegment
  std::optional<FrameNumber> frame;        // of Split and Move
  std::vector<catalog::Cut> cuts;          // of Resegment: by frame, without the one at 0
  std::optional<FrameNumber> frame_count;  // of Resegment
};

// What the edit does, for clips of one video in their order: all of them, or at least those that are named
// with the ones before and after each. Computes only. Throws Conflict, saying why, when it does not apply,
// and InvalidInput when it makes no sense.
std::vector<Change> changes_of(const Edit& edit, const std::vector<catalog::Clip>& clips);

}  // namespace heaters::review
