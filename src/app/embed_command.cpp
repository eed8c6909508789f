#include <fmt/format.h>

#include "app/commands.h"
#include "app/home.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "stages/embed.h"

namespace heaters::app {

int run_embed(const Config& config, const EmbedArguments& arguments, const std::stop_token& stop) {
  const auto home = Home::open(config);
  const auto missing = stages::embed_from_looks(*home->database, *home->store, home->workspace(), stop);
  int videos = 0;
  for (const catalog::VideoId& id : missing.videos) {
    stages::take_looks(*home->database, *home->store, home->workspace(), id, stop, progress_bar(id.text()));
    ++videos;
  }
  const auto rest = stages::embed_from_looks(*home->database, *home->store, home->workspace(), stop);
  Json json;
  json["clips"] = missing.filled_clips + rest.filled_clips;
  json["decoded_videos"] = videos;
  if (arguments.json) {
    print_json(json);
  } else {
    print(fmt::format("{} clips embedded, {} videos decoded for it\n",
                      missing.filled_clips + rest.filled_clips, videos));
  }
  return 0;
}

}  // namespace heaters::app
