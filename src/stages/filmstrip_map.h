#pragma once

#include <string>

#include "media/filmstrip.h"

namespace heaters::stages {

// Where each still of a filmstrip is, as JSON (docs/formats.md) and as the WebVTT thumbnail track that video
// players read (`sheet.jpg#xywh=x,y,w,h`). Sheets are named by file name, relative to the map.
std::string filmstrip_json(const media::Filmstrip& filmstrip);
// Reads it back; the sheets are files in `directory`. Throws Corrupt.
media::Filmstrip parse_filmstrip_json(const std::string& text, const std::filesystem::path& directory);

std::string filmstrip_vtt(const media::Filmstrip& filmstrip, double duration_seconds);

}  // namespace heaters::stages
