#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/video_lookup.h"
#include "base/file.h"
#include "documents/clip_timeline.h"
#include "documents/video_document.h"
#include "exchange/timeline_format.h"

namespace heaters::app {

namespace {

std::vector<catalog::PlacedClip> chosen_clips(Home& home, const ClipsArguments& arguments) {
  std::vector<catalog::PlacedClip> chosen;
  for (const std::string& id : arguments.video_ids) {
    const catalog::Video video = find_video(home, id);
    for (const catalog::Clip& clip : home.catalog.clips(video.id)) {
      if (arguments.decision && clip.decision != arguments.decision) continue;
      chosen.push_back({video.id, clip});
    }
  }
  return chosen;
}

std::string title_of(Home& home, const ClipsArguments& arguments) {
  if (arguments.video_ids.size() > 1) return fmt::format("{} videos", arguments.video_ids.size());
  return find_video(home, arguments.video_ids.front()).title;
}

std::string table_of(const exchange::Timeline& timeline) {
  std::string text;
  for (const auto& entry : timeline.entries) {
    text += fmt::format("{}  {:>8} – {:>8}  {} – {}\n", entry.facts["clip_id"].get<std::string>(),
                        entry.span.begin, entry.span.end, format_clock_time(entry.begin_seconds),
                        format_clock_time(entry.end_seconds));
  }
  return text;
}

Json json_of(Home& home, const ClipsArguments& arguments) {
  Json all = Json::array();
  for (const std::string& id : arguments.video_ids) {
    for (Json& clip : documents::clips_json(home.sources(), find_video(home, id))) {
      const bool is_wanted =
          !arguments.decision || clip["decision"] == catalog::to_string(*arguments.decision);
      if (is_wanted) all.push_back(std::move(clip));
    }
  }
  return all;
}

std::string render(Home& home, const ClipsArguments& arguments) {
  if (arguments.json || arguments.format == "json") return json_of(home, arguments).dump(2) + "\n";
  auto timeline =
      documents::clip_timeline(home.sources(), chosen_clips(home, arguments), title_of(home, arguments));
  timeline.drops_frames = !arguments.is_non_drop;
  const auto* const format = exchange::find_timeline_format(arguments.format);
  return format != nullptr ? format->write(timeline) : table_of(timeline);
}

}  // namespace

int run_clips_list(const Config& config, const ClipsArguments& arguments) {
  const auto home = Home::open(config);
  const std::string text = render(*home, arguments);
  if (arguments.output) {
    write_text_file(*arguments.output, text);
  } else {
    print(text);
  }
  return 0;
}

}  // namespace heaters::app
