#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace heaters::stages {

// Where a submission's bytes come from, as a text that databases and JSON can hold: a URL, or a path, which
// becomes a file:// URL when it is no UTF-8.
std::string origin_of_path(const std::filesystem::path& path);

// The path that an origin is; nullopt for a URL of another kind.
std::optional<std::filesystem::path> path_of_origin(const std::string& origin);

// Without what may be secret in a URL (base/redaction.h). For rows, messages and logs.
std::string printable_origin(const std::string& origin);

// What people call it: the last part, without what is no UTF-8.
std::string title_of_origin(const std::string& origin);

}  // namespace heaters::stages
