#pragma once

#include <filesystem>

#include "looks/look.h"

namespace heaters::stages {

// What an image file looks like, to find clips by. Throws as read_image() does.
looks::Look look_of_image(const std::filesystem::path& path);

}  // namespace heaters::stages
