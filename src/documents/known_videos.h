#pragma once

#include <map>
#include <optional>
#include <string>

#include "documents/video_document.h"

namespace heaters::documents {

// Videos and their frame tables, each read once: for documents about many clips of few videos.
class KnownVideos {
 public:
  struct Known {
    catalog::Video video;
    media::FrameTable table;
  };

  explicit KnownVideos(const Sources& sources) : sources_(sources) {}

  // nullptr: it is gone. Throws Error as the store does.
  const Known* find(const catalog::VideoId& id);

  const Sources& sources() const { return sources_; }

 private:
  Sources sources_;
  std::map<std::string, std::optional<Known>> known_;
};

}  // namespace heaters::documents
