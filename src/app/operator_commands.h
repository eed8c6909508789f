#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stop_token>
#include <vector>

#include "app/commands.h"

namespace heaters::app {

using Action = std::function<int(const Config&, const std::stop_token&)>;

// A command that was parsed, and what it does.
struct Selected {
  CLI::App* command;
  Action action;
};

// What the commands of operators were given.
struct OperatorArguments {
  ServeArguments serve;
  WorkerArguments worker;
  JobsArguments jobs;
  PoolsArguments pools;
  CostArguments cost;
  GcArguments gc;
  DoctorArguments doctor;
};

// Adds `serve`, `worker`, `jobs`, `pools`, `cost`, `metrics`, `gc` and `doctor`; `add_home` adds the options
// that every command has.
void add_operator_commands(CLI::App& app, OperatorArguments& arguments,
                           const std::function<void(CLI::App&)>& add_home, std::vector<Selected>& commands);

}  // namespace heaters::app
