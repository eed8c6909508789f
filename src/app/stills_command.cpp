#include <fmt/format.h>

#include "app/clip_choice.h"
#include "app/commands.h"
#include "app/home.h"
#include "app/input_file.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "stages/source_files.h"
#include "stages/source_pass.h"

namespace heaters::app {

namespace fs = std::filesystem;

namespace {

void tell(const StillsArguments& arguments, const std::vector<FrameSpan>& spans,
          const std::vector<media::Still>& stills, const std::string& of) {
  for (const media::Still& still : stills) {
    Json json;
    json["file"] = valid_utf8(still.path.string());
    json["of"] = of;
    json["begin_frame"] = spans[still.span].begin;
    json["end_frame"] = spans[still.span].end;
    json["frame"] = still.frame;
    if (arguments.json) {
      print_json(json);
    } else {
      print(still.path.string() + "\n");
    }
  }
}

}  // namespace

int run_stills(const Config& config, const StillsArguments& arguments, const std::stop_token& stop) {
  create_folder(arguments.directory);
  if (is_one_file(arguments.what)) {
    const fs::path file = arguments.what.front();
    require_input_file(file);
    const auto bar = progress_bar(file.filename().string());
    const auto table = stages::read_frame_table(file, stop, bar).table;
    auto spans = each_once(arguments.spans);
    if (spans.empty()) spans.push_back({0, table.size()});
    tell(arguments, spans,
         media::export_stills(file, table, spans, arguments.stills, arguments.directory, stop, bar),
         valid_utf8(file.string()));
    return 0;
  }
  const auto home = Home::open(config);
  for (const ChosenSpans& chosen :
       choose_spans(*home, arguments.what, {.spans = arguments.spans, .all_clips = arguments.all_clips})) {
    const auto table =
        stages::stored_frame_table(home->workspace(), *home->store, home->catalog, chosen.video.id);
    const stages::StoredSource source(*home->database, *home->store, home->workspace(), chosen.video.id,
                                      stop);
    const auto stills = media::export_stills(source.path(), table, chosen.spans, arguments.stills,
                                             arguments.directory, stop, progress_bar(chosen.video.title));
    tell(arguments, chosen.spans, stills, chosen.video.id.text());
  }
  return 0;
}

}  // namespace heaters::app
