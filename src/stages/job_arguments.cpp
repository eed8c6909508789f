#include "stages/job_arguments.h"

#include <fmt/format.h>

#include "base/error.h"

namespace heaters::stages {

catalog::VideoId JobArguments::video_id() const {
  const auto id = catalog::VideoId::parse(text("video_id"));
  if (!id) throw Error(ErrorKind::InvalidInput, "read the args of a job: \"video_id\" is no id");
  return *id;
}

std::string JobArguments::text(const char* key) const {
  const bool is_there = json_.is_object() && json_.contains(key) && json_[key].is_string();
  std::string found = is_there ? json_[key].get<std::string>() : std::string();
  if (found.empty()) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("read the args of a job: the text \"{}\" is missing", key));
  }
  return found;
}

}  // namespace heaters::stages
