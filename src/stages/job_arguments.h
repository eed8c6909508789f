#pragma once

#include <string>

#include "base/json.h"
#include "catalog/video.h"

namespace heaters::stages {

// The args of a job that works on a video outside of the chain.
class JobArguments {
 public:
  // Anything may have been inserted: what is not there is found missing when it is asked for.
  explicit JobArguments(const std::string& json) : json_(Json::parse(json, nullptr, false)) {}

  // Throw InvalidInput when there is none.
  catalog::VideoId video_id() const;
  std::string text(const char* key) const;

 private:
  Json json_;
};

}  // namespace heaters::stages
