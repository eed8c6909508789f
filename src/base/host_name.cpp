#include "base/host_name.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/error.h"

namespace heaters {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0)
    throw system_error(errno, "ask for the name of this machine");
  return name.data();
}

}  // namespace heaters
