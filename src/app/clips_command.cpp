#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/video_lookup.h"
#include "documents/video_document.h"

namespace heaters::app {

int run_clips_list(const Config& config, const ClipsArguments& arguments) {
  const auto home = Home::open(config);
  const Json clips = documents::clips_json(home->sources(), find_video(*home, arguments.video_id));
  if (arguments.json) {
    print(clips.dump(2) + "\n");
    return 0;
  }
  std::string text;
  for (const auto& clip : clips) {
    text += fmt::format("{}  {:>8} – {:>8}  {} – {}\n", clip["clip_id"].get<std::string>(),
                        clip["begin_frame"].get<FrameNumber>(), clip["end_frame"].get<FrameNumber>(),
                        format_clock_time(clip["begin_time"].get<double>()),
                        format_clock_time(clip["end_time"].get<double>()));
  }
  print(text);
  return 0;
}

}  // namespace heaters::app
