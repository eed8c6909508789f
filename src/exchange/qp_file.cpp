#include "exchange/qp_file.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"

namespace heaters::exchange {

std::string to_qp_file(const Timeline& timeline) {
  if (timeline.media.size() > 1) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("write a QP file: it is of one video, and these are {}", timeline.media.size()));
  }
  // Encoders read it in the order of frames.
  std::set<FrameNumber> frames;
  for (const TimelineEntry& entry : timeline.entries) frames.insert(entry.span.begin);
  std::string text;
  for (const FrameNumber frame : frames) text += fmt::format("{} I -1\n", frame);
  return text;
}

}  // namespace heaters::exchange
