#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/progress.h"
#include "catalog/submissions.h"
#include "catalog/video.h"

namespace heaters::catalog {

// A submission with what came of it, as the list of all videos shows it.
struct LibraryEntry {
  Submission submission;
  std::optional<Progress> progress;  // while a job runs
  std::optional<Video> video;        // once it is ready
  std::int64_t clips = 0;
  std::int64_t undecided_clips = 0;
  bool has_poster = false;
};

enum class LibrarySort { Newest, Oldest, Title, Longest, Undecided };

std::optional<LibrarySort> parse_library_sort(std::string_view text);  // "newest", ...

struct LibraryQuery {
  std::string text;                  // of title or origin, see title_query(); empty: all
  std::optional<std::string> state;  // of the submission; "working" for all that is not finished
  LibrarySort sort = LibrarySort::Newest;
  int limit = 50;
  int offset = 0;
};

// The list of everything that was ever submitted. Borrows the connection. Not thread-safe. Throws Error as
// db::Database does.
class Library {
 public:
  explicit Library(db::Database& database) : database_(database) {}

  std::vector<LibraryEntry> list(const LibraryQuery& query) { return page(query, 0).entries; }
  // With how many match, of which no more than `most` are counted.
  struct Page {
    std::vector<LibraryEntry> entries;
    std::int64_t total = 0;
  };
  Page page(const LibraryQuery& query, std::int64_t most);
  // How many match, whatever limit and offset are; no more than `most` are counted.
  std::int64_t count(const LibraryQuery& query, std::int64_t most);
  std::optional<LibraryEntry> find(const VideoId& id);

  // A text per submission that is in work or was until a minute ago, which differs whenever something about
  // the submission or its progress does.
  std::map<VideoId, std::string> fingerprints();

 private:
  LibraryEntry entry(const VideoId& id);

  db::Database& database_;
};

}  // namespace heaters::catalog
