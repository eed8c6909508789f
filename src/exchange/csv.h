#pragma once

#include <string>

#include "exchange/timeline.h"

namespace heaters::exchange {

// A table for spreadsheets (RFC 4180, UTF-8): video, number, frames, times, timecode, lengths, then a column
// for each fact. Fields that a spreadsheet would take for a formula are quoted with an apostrophe.
std::string to_csv(const Timeline& timeline);

}  // namespace heaters::exchange
