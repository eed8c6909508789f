#include "stages/url_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/error.h"
#include "base/log.h"
#include "media/demuxer.h"
#include "net/download.h"
#include "stages/origin.h"

namespace heaters::stages {

namespace fs = std::filesystem;

namespace {

constexpr std::array video_extensions = {".mp4", ".m4v", ".mov",  ".mkv", ".webm", ".avi", ".ts",  ".m2ts",
                                         ".mts", ".mpg", ".mpeg", ".flv", ".wmv",  ".mxf", ".ogv", ".3gp"};

// ".mp4"; empty when the URL's path does not end like a video's.
std::string video_extension(const std::string& url) {
  const std::string extension = lower_case(fs::path(title_of_origin(url)).extension().string());
  const auto* const found = std::find(video_extensions.begin(), video_extensions.end(), extension);
  return found == video_extensions.end() ? "" : extension;
}

// Servers that keep others than browsers out, or want to be asked in another way, may let yt-dlp in.
bool may_be_a_page(const net::StatusError& error) {
  return error.kind() != ErrorKind::NotFound && !error.retry_after();
}

Json run_task(sidecar::WorkerPool& workers, const char* task, const Json& arguments,
              const std::stop_token& stop, const sidecar::WorkerPool::OnEvent& on_event) {
  const Json hello = workers.hello(stop);
  const Json& about = hello["tasks"][yt_dlp_module];
  if (about.contains("error")) {
    throw Error(ErrorKind::Unavailable,
                fmt::format("open a page: yt-dlp cannot be used here: {}; pip install -r "
                            "python/requirements.txt, or set acquire.python",
                            about["error"].get<std::string>()));
  }
  try {
    return workers.run({.task = task, .arguments = arguments}, on_event, stop);
  } catch (const Error& error) {
    const std::string url = printable_origin(arguments["url"].get<std::string>());
    throw Error(error.kind(), fmt::format("fetch {}: {}", url, error.what()), error.retry_after());
  }
}

class UrlFetch {
 public:
  explicit UrlFetch(StageAttempt& attempt) : attempt_(attempt), url_(attempt.arguments().origin) {}

  FetchedSource run() {
    // Named like the URL, as far as that tells anything: content decides what it is.
    const std::string extension = video_extension(url_);
    const fs::path file = attempt_.folder().path() / ("source" + extension);
    try {
      net::Download download(attempt_.services().download, attempt_.stop());
      const auto result = download.run(url_, file, media::looks_like_video,
                                       [this](std::uint64_t done, std::uint64_t expected) {
                                         report(static_cast<double>(done), static_cast<double>(expected));
                                       });
      if (result.is_wanted) return as_it_is(file, result);
    } catch (const net::StatusError& error) {
      if (!extension.empty() || !may_be_a_page(error)) throw;
    }
    return from_page();
  }

 private:
  FetchedSource as_it_is(const fs::path& file, const net::DownloadResult& result) {
    finish(static_cast<double>(result.bytes));
    Json description;
    description["by"] = "http";
    description["url"] = printable_origin(result.url);
    description["resumptions"] = result.resumptions;
    return {file, "", std::move(description)};
  }

  FetchedSource from_page() {
    const fs::path folder = fs::absolute(attempt_.folder().path() / "yt-dlp").lexically_normal();
    // What an earlier attempt left may be of other bytes, and yt-dlp would continue it.
    fs::remove_all(folder);
    create_folder(folder);
    Json result =
        run_task(attempt_.services().workers, "yt-dlp.download", {{"url", url_}, {"folder", folder.string()}},
                 attempt_.stop(), [this](const Json& event) { take(event); });
    const fs::path path = result.value("path", "");
    // It names a file; which, is not for it to choose.
    if (path.parent_path() != folder) {
      throw Error(ErrorKind::Internal,
                  fmt::format("fetch {}: the worker left no file", printable_origin(url_)));
    }
    finish(static_cast<double>(file_size(open_regular_file(path), path)));
    const std::string title = result["title"].is_string() ? result["title"].get<std::string>() : "";
    result.erase("path");
    result["by"] = "yt-dlp";
    if (result["webpage_url"].is_string())
      result["webpage_url"] = printable_origin(result["webpage_url"].get<std::string>());
    return {path, title, std::move(result)};
  }

  void take(const Json& event) {
    const std::string kind = event.value("event", "");
    if (kind == "progress") report(number(event, "bytes"), number(event, "total"));
    if (kind == "log") {
      log(LogLevel::Debug, "yt_dlp.said",
          {{"video", attempt_.video_id().text()}, {"message", event.value("message", "")}});
    }
  }

  static double number(const Json& event, const char* key) {
    const auto found = event.find(key);
    return found != event.end() && found->is_number() ? found->get<double>() : 0;
  }

  void report(double done, double expected) { tell(done, expected, false); }
  void finish(double bytes) { tell(bytes, bytes, true); }

  void tell(double done, double expected, bool is_finished) {
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    listener_({.activity = "download",
               .done = static_cast<std::int64_t>(done),
               .expected = static_cast<std::int64_t>(expected),
               .unit = "bytes",
               .per_second = seconds > 0 ? done / seconds : 0,
               .finished = is_finished});
  }

  StageAttempt& attempt_;
  const std::string& url_;
  ProgressListener listener_ = attempt_.progress_listener();
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace

FetchedSource fetch_url(StageAttempt& attempt) {
  if (attempt.arguments().origin.find("[redacted]") != std::string::npos) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("fetch {}: what was secret in its URL was not kept; submit it "
                            "again",
                            attempt.arguments().origin));
  }
  return UrlFetch(attempt).run();
}

std::vector<PlaylistEntry> list_playlist(sidecar::WorkerPool& workers, const std::string& url, int limit,
                                         const std::stop_token& stop) {
  const Json listed = run_task(workers, "yt-dlp.list", {{"url", url}, {"limit", limit}}, stop, {});
  std::vector<PlaylistEntry> entries;
  for (const Json& entry : listed.value("entries", Json::array())) {
    if (!entry["url"].is_string()) continue;
    entries.push_back({entry["url"].get<std::string>(),
                       entry["title"].is_string() ? entry["title"].get<std::string>() : ""});
  }
  return entries;
}

}  // namespace heaters::stages
