#include "app/video_lookup.h"

#include <fmt/format.h>

#include "base/error.h"

namespace heaters::app {

catalog::Video find_video(Home& home, const std::string& id) {
  const auto video_id = catalog::VideoId::parse(id);
  auto video = video_id ? home.catalog.find(*video_id) : std::nullopt;
  if (!video)
    throw Error(ErrorKind::NotFound, fmt::format("find video \"{}\": there is none with that id", id));
  return *std::move(video);
}

}  // namespace heaters::app
