#pragma once

#include <string>
#include <vector>

#include "shots/shot_list.h"

namespace heaters::shots {

// A picture for a shot: a part of a sheet.
struct ShotStill {
  std::size_t sheet = 0;
  int x = 0;
  int y = 0;
};

struct ShotStills {
  std::vector<std::string> sheets;  // JPEG, base64
  int width = 0;
  int height = 0;
  std::vector<ShotStill> stills;  // one per shot
};

// A page that needs no other file: a still and the times of every shot, and the score curve as a picture.
std::string to_html(const ShotList& list, const ScoreCurve& curve, float threshold, const ShotStills& stills);

}  // namespace heaters::shots
