#pragma once

#include "looks/look.h"
#include "media/frame.h"

namespace heaters::stages {

// What an image that media::read_image() gave looks like, to find clips by.
looks::Look look_of_image(const media::Frame& image);

}  // namespace heaters::stages
