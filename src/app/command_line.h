#pragma once

namespace heaters::app {

// Parses the arguments, runs the command, reports what it threw on stderr; returns the process's exit code.
int run_command_line(int argc, char** argv);

}  // namespace heaters::app
