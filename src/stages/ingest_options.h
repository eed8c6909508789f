#pragma once

#include "media/filmstrip.h"
#include "media/proxy_ladder.h"
#include "media/proxy_profile.h"
#include "shots/score_curve.h"

namespace heaters::stages {

// How a source is ingested.
struct IngestOptions {
  media::ProxyLimits proxy_limits;
  media::ProxyProfile proxy_profile;
  media::FilmstripOptions filmstrip;
  int poster_short_side = 720;  // pixels
  shots::CutSelection shots;
};

}  // namespace heaters::stages
