#pragma once

#include <string>

namespace heaters {

// Of this machine, as gethostname(2) has it.
std::string host_name();

}  // namespace heaters
