#include "documents/clip_timeline.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/timecode.h"
#include "base/utf8.h"
#include "documents/known_videos.h"

namespace heaters::documents {

namespace {

std::string source_key(const Sources& sources, const catalog::VideoId& id) {
  for (const auto& artifact : catalog::Catalog(sources.database).artifacts(id)) {
    if (artifact.kind == "source") return artifact.key;
  }
  throw Error(ErrorKind::NotFound, fmt::format("find the source of video {}: it is gone", id.text()));
}

exchange::TimelineMedia media_of(const Sources& sources, const catalog::Video& video) {
  const std::string key = source_key(sources, video.id);
  const auto path = sources.store.local_path(key);
  const Rational rate = video.frame_rate.is_positive() ? video.frame_rate : Rational{25, 1};
  return {
      .title = video.title,
      .url = path ? valid_utf8(std::filesystem::absolute(*path).string()) : sources.store.name() + "/" + key,
      .frame_rate = rate,
      .has_variable_rate = video.variable_frame_rate,
      .first_timecode = video.timecode ? parse_timecode(*video.timecode, rate).value_or(0) : 0,
      .frame_count = video.frame_count,
      .duration_seconds = video.duration_seconds,
      .width = video.width,
      .height = video.height,
      .has_sound = video.audio_codec.has_value()};
}

}  // namespace

exchange::Timeline clip_timeline(const Sources& sources, const std::vector<catalog::PlacedClip>& clips,
                                 const std::string& title) {
  exchange::Timeline timeline{.title = title, .media = {}, .entries = {}};
  KnownVideos videos(sources);
  std::map<std::string, std::size_t> media;
  for (const catalog::PlacedClip& placed : clips) {
    const std::string id = placed.video_id.text();
    const auto* const known = videos.find(placed.video_id);
    if (known == nullptr) throw Error(ErrorKind::NotFound, fmt::format("find video {}: it is gone", id));
    const auto [place, is_new] = media.emplace(id, timeline.media.size());
    if (is_new) timeline.media.push_back(media_of(sources, known->video));
    const std::size_t index = place->second;
    const catalog::Clip& clip = placed.clip;
    exchange::TimelineEntry entry{.media = index,
                                  .span = clip.span,
                                  .begin_seconds = known->table.seconds(clip.span.begin),
                                  .end_seconds = known->table.seconds(clip.span.end),
                                  .name = fmt::format("Clip {}", timeline.entries.size() + 1)};
    entry.facts["clip_id"] = clip.id.text();
    entry.facts["video_id"] = id;
    entry.facts["decision"] = clip.decision ? Json(catalog::to_string(*clip.decision)) : Json(nullptr);
    entry.facts["begins"] = clip.begin_kind;
    entry.facts["score"] = or_null(clip.score);
    entry.facts["grouped"] = clip.is_grouped;
    timeline.entries.push_back(std::move(entry));
  }
  return timeline;
}

}  // namespace heaters::documents
