#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "shots/score_curve.h"
#include "stages/detect.h"

namespace heaters::app {

// What was detected in `file`, by a selection of its cuts, in a form: "table", "json", "html" (which needs
// the filmstrip), or one of exchange::timeline_formats().
std::string detection_text(const stages::Detection& detection, const std::filesystem::path& file,
                           const shots::CutSelection& selection, const std::string& format);

// ".csv" and so on: of files with such a text.
std::string detection_extension(const std::string& format);

// One line of CSV a frame: number, time, score, and what the detector made that of.
std::string statistics_text(const stages::Detection& detection);

}  // namespace heaters::app
