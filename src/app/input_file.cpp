#include "app/input_file.h"

#include "base/error.h"
#include "base/file.h"

namespace heaters::app {

void require_input_file(const std::filesystem::path& path) {
  try {
    open_regular_file(path);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::NotFound) throw Error(ErrorKind::InvalidInput, error.what());
    throw;
  }
}

}  // namespace heaters::app
