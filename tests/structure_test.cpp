// Holds the shape of the source tree: what may include what, where third-party headers may appear, how long
// files may be, and which names say nothing. The tables here are the ones of ARCHITECTURE.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"

namespace heaters {
namespace {

namespace fs = std::filesystem;
const fs::path root = HEATERS_SOURCE_DIR;

const std::map<std::string, int> layers = {{"base", 0},    {"bitstream", 1}, {"exchange", 1}, {"media", 2},
                                           {"shots", 1},   {"looks", 2},     {"encoders", 2}, {"search", 3},
                                           {"elastic", 3}, {"db", 1},        {"net", 1},      {"sidecar", 1},
                                           {"storage", 2}, {"catalog", 2},   {"jobs", 2},     {"stages", 3},
                                           {"review", 3},  {"documents", 4}, {"web", 5},      {"app", 6}};

struct ThirdParty {
  std::regex header;
  std::set<std::string> folders;
};

const std::vector<ThirdParty> third_party = {
    {std::regex("lib(av|sw)[a-z]+/.*|dav1d/.*|ebur128\\.h"), {"media"}},
    {std::regex("hnswlib/.*"), {"search"}},
    {std::regex("sqlite3\\.h|libpq-fe\\.h"), {"db"}},
    {std::regex("curl/.*"), {"net"}},
    {std::regex("boost/.*"), {"web"}},
    {std::regex("pugixml\\.hpp"), {"exchange", "storage"}},
    {std::regex("archive(_entry)?\\.h"), {"exchange"}},
    {std::regex("openssl/.*"), {"base", "net"}},
    {std::regex("spdlog/.*|nlohmann/.*"), {"base"}},
    {std::regex("CLI/.*|toml\\+\\+/.*"), {"app"}},
};

struct Include {
  std::string header;
  bool is_quoted;
};

struct Source {
  std::string path;    // relative to src
  std::string folder;  // first part
  std::string text;
  std::vector<Include> includes;
};

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex line("#include ([<\"])([^>\"]+)[>\"]");
  std::vector<Include> found;
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    found.push_back({(*it)[2], (*it)[1] == "\""});
  }
  return found;
}

std::vector<Source> sources() {
  std::vector<Source> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / "src")) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cpp") continue;
    const fs::path relative = fs::relative(entry.path(), root / "src");
    std::string text = read_text_file(entry.path());
    auto includes = includes_of(text);
    found.push_back({relative.string(), relative.begin()->string(), std::move(text), std::move(includes)});
  }
  return found;
}

TEST(Structure, TheSourcesAreFound) {
  EXPECT_GT(sources().size(), 80U);
}

TEST(Structure, EveryFolderHasALayer) {
  for (const Source& source : sources()) EXPECT_TRUE(layers.contains(source.folder)) << source.path;
}

TEST(Structure, IncludesPointDownAndNeverAside) {
  for (const Source& source : sources()) {
    for (const Include& include : source.includes) {
      if (!include.is_quoted) continue;
      const std::string target = include.header.substr(0, include.header.find('/'));
      // Tests may start the servers they need.
      if (target == "fixtures" && source.path.ends_with("_test.cpp")) continue;
      ASSERT_TRUE(layers.contains(target)) << source.path << " includes " << include.header;
      if (target == source.folder) continue;
      EXPECT_LT(layers.at(target), layers.at(source.folder)) << source.path << " includes " << include.header;
    }
  }
}

TEST(Structure, ThirdPartyHeadersStayWhereTheyBelong) {
  std::size_t seen = 0;
  for (const Source& source : sources()) {
    for (const Include& include : source.includes) {
      for (const ThirdParty& library : third_party) {
        if (!std::regex_match(include.header, library.header)) continue;
        ++seen;
        EXPECT_TRUE(library.folders.contains(source.folder)) << source.path << " includes " << include.header;
      }
    }
  }
  EXPECT_GT(seen, 10U);
}

TEST(Structure, LibavIsIncludedInOneHeaderAndReachesNoOtherFolder) {
  std::map<std::string, std::vector<Include>> by_path;
  for (const Source& source : sources()) by_path[source.path] = source.includes;
  for (const auto& [path, includes] : by_path) {
    for (const Include& include : includes) {
      if (include.header.starts_with("libav") || include.header.starts_with("libsw")) {
        EXPECT_EQ(path, "media/av.h");
      }
    }
  }
  for (const auto& [path, includes] : by_path) {
    if (path.starts_with("media/")) continue;
    std::vector<std::string> todo = {path};
    std::set<std::string> reached;
    while (!todo.empty()) {
      const std::string next = todo.back();
      todo.pop_back();
      if (!reached.insert(next).second) continue;
      for (const Include& include : by_path[next]) {
        if (include.is_quoted) todo.push_back(include.header);
      }
    }
    EXPECT_FALSE(reached.contains("media/av.h")) << path << " reaches libav through its includes";
  }
}

std::vector<fs::path> own_files() {
  std::vector<fs::path> files;
  for (const char* folder :
       {"src", "tests", "bench", "fuzz", "scripts", "docs", "schema", "cmake", "python", "ui"}) {
    if (!fs::exists(root / folder)) continue;
    for (fs::recursive_directory_iterator it(root / folder), end; it != end; ++it) {
      const std::string name = it->path().filename().string();
      // What npm and Python leave behind is not ours.
      if (name == "node_modules" || name == "__pycache__" || name == "generated")
        it.disable_recursion_pending();
      if (it->is_regular_file() && name != "package-lock.json") files.push_back(it->path());
    }
  }
  return files;
}

TEST(Structure, FilesStayUnderSixHundredLines) {
  for (const fs::path& path : own_files()) {
    const std::string text = read_text_file(path);
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 600) << path;
  }
}

TEST(Structure, NamesSayWhatTheThingIs) {
  const std::regex empty_name("(^|_)(util|utils|helper|helpers|manager|common|misc|stuff)(_|\\.|$)");
  for (const fs::path& path : own_files()) {
    EXPECT_FALSE(std::regex_search(path.filename().string(), empty_name)) << path;
  }
}

TEST(Structure, EveryHeaderSaysWhatItIsFor) {
  for (const Source& source : sources()) {
    if (!source.path.ends_with(".h")) continue;
    EXPECT_NE(source.text.find("\n// "), std::string::npos) << source.path;
    EXPECT_TRUE(source.text.starts_with("#pragma once\n")) << source.path;
  }
}

}  // namespace
}  // namespace heaters
