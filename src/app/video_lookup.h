#pragma once

#include <string>

#include "app/home.h"

namespace heaters::app {

// The video a user names by its id. Throws NotFound.
catalog::Video find_video(Home& home, const std::string& id);

}  // namespace heaters::app
