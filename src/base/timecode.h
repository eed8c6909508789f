#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace heaters {

// Timecode after SMPTE ST 12-1: every frame has a label of hours, minutes, seconds and a frame number that
// counts to the rate rounded to a whole number (24 for 23.976, 30 for 29.97).

// Whether the rate is 29.97 or 59.94, whose labels fall behind the clock unless some are dropped.
bool can_drop_frames(Rational rate);

// "HH:MM:SS:FF"; "HH:MM:SS;FF" with dropped frames, which only can_drop_frames() rates have: then frame
// labels 0 and 1 (to 3 at 59.94) are passed over at the start of each minute but every tenth. Hours begin
// anew after 24.
std::string format_timecode(FrameNumber frame, Rational rate, bool drops_frames = false);

// The frame of a label, in either form; nullopt for what is none or is one that is dropped.
std::optional<FrameNumber> parse_timecode(std::string_view text, Rational rate);

}  // namespace heaters
