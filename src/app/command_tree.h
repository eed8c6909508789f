#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace heaters::app {

// What the command line has, read off the parser itself, so that nothing that is written about it can be
// wrong. Hidden commands and options are left out.

// Manual pages (man(7)), by the names of their files: heaters.1, and one for each command.
std::vector<std::pair<std::string, std::string>> manual_pages(const CLI::App& app,
                                                              const std::string& version);

// A script that makes bash complete commands, options and files; zsh reads it after `bashcompinit`.
std::string bash_completion(const CLI::App& app);

}  // namespace heaters::app
