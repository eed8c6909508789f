#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "web/message.h"

namespace heaters::web {

// The files of the user interface, read into memory once. Immutable, and so thread-safe.
class Assets {
 public:
  // Of a folder that need not exist: then there is no user interface, and the front page says so.
  explicit Assets(const std::filesystem::path& folder);

  // The file for a path; the front page for paths that the user interface gives meaning to itself, which have
  // no file ending. 404 for others.
  Response get(const Request& request) const;

 private:
  struct Asset {
    std::string type;
    std::string etag;
    std::string content;
  };
  std::map<std::string, Asset> assets_;
};

}  // namespace heaters::web
