#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/video_lookup.h"
#include "base/utf8.h"
#include "documents/video_document.h"

namespace heaters::app {

int run_videos_list(const Config& config, const VideosArguments& arguments) {
  const auto home = Home::open(config);
  const auto videos = home->catalog.videos(arguments.limit, arguments.offset);
  if (arguments.json) {
    Json list = Json::array();
    for (const auto& video : videos) list.push_back(documents::video_summary_json(video));
    print_json(list, 2);
    return 0;
  }
  std::string text;
  for (const auto& video : videos) {
    text += fmt::format("{}  {}  {:>10}  {:>9} frames  {:<6}  {}\n", video.id.text(), video.created_at,
                        format_clock_time(video.duration_seconds), video.frame_count, video.proxy_rung,
                        printable(video.title));
  }
  print(text);
  return 0;
}

int run_videos_show(const Config& config, const VideosArguments& arguments) {
  const auto home = Home::open(config);
  const catalog::Video video = find_video(*home, arguments.video_id);
  const Json json = documents::video_json(home->sources(), video);
  print_json(json, arguments.json ? -1 : 2);
  return 0;
}

}  // namespace heaters::app
