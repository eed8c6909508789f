#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "sidecar/worker_pool.h"
#include "stages/stage_attempt.h"

namespace heaters::stages {

// The module of the Python workers that yt-dlp is in, as their hello names it.
inline constexpr const char* yt_dlp_module = "heaters_worker.ytdlp";

struct FetchedSource {
  std::filesystem::path path;  // in the attempt's folder
  std::string title;           // empty: none was given
  Json description;            // docs/json.md, "fetched"
};

// Fetches the video that the attempt's origin, a URL, leads to. What is a video itself, by its first bytes,
// is taken as it is, over libcurl; a page is left to yt-dlp, which takes the best picture and the best sound
// that are on offer and puts them together without encoding anything again. Throws Error; kinds that do not
// pass (NotFound, InvalidInput, Unsupported) mean that trying again is of no use.
FetchedSource fetch_url(StageAttempt& attempt);

struct PlaylistEntry {
  std::string url;
  std::string title;
};

// The videos that a page names, in its order, `limit` at most; the page itself when it is one video.
std::vector<PlaylistEntry> list_playlist(sidecar::WorkerPool& workers, const std::string& url, int limit,
                                         const std::stop_token& stop);

}  // namespace heaters::stages
