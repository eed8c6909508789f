#include "app/clip_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/video_lookup.h"
#include "base/error.h"
#include "base/id.h"

namespace heaters::app {

namespace {

ChosenSpans spans_of_video(Home& home, catalog::Video video, const ClipChoice& choice) {
  if (!choice.spans.empty()) return {std::move(video), each_once(choice.spans)};
  if (choice.is_whole_video) {
    const FrameSpan whole{0, video.frame_count};
    return {std::move(video), {whole}};
  }
  std::vector<FrameSpan> spans;
  for (const catalog::Clip& clip : home.catalog.clips(video.id)) {
    if (!choice.all_clips && clip.decision != catalog::Decision::Approved) continue;
    // Clips of a group follow each other.
    const bool joins =
        choice.joins_groups && clip.is_grouped && !spans.empty() && spans.back().end == clip.span.begin;
    if (joins) {
      spans.back().end = clip.span.end;
    } else {
      spans.push_back(clip.span);
    }
  }
  if (spans.empty()) {
    throw Error(
        ErrorKind::NotFound,
        fmt::format("choose clips of video {}: none of them is approved (--all, --frames)", video.id.text()));
  }
  return {std::move(video), std::move(spans)};
}

}  // namespace

std::vector<FrameSpan> each_once(const std::vector<FrameSpan>& spans) {
  std::vector<FrameSpan> result;
  for (const FrameSpan& span : spans) {
    if (std::find(result.begin(), result.end(), span) == result.end()) result.push_back(span);
  }
  return result;
}

bool is_one_file(const std::vector<std::string>& what) {
  std::error_code ignored;
  return what.size() == 1 && (!is_ulid(what.front()) || std::filesystem::exists(what.front(), ignored));
}

std::vector<ChosenSpans> choose_spans(Home& home, const std::vector<std::string>& ids,
                                      const ClipChoice& choice) {
  std::vector<ChosenSpans> all;
  for (const std::string& each : ids) {
    const auto clip_id = catalog::ClipId::parse(each);
    const auto clip = clip_id ? home.catalog.find_clip(*clip_id) : std::nullopt;
    if (!clip) {
      all.push_back(spans_of_video(home, find_video(home, each), choice));
      continue;
    }
    const auto same = std::find_if(
        all.begin(), all.end(), [&](const ChosenSpans& known) { return known.video.id == clip->video_id; });
    if (same != all.end()) {
      same->spans.push_back(clip->clip.span);
      same->spans = each_once(same->spans);
    } else {
      all.push_back({find_video(home, clip->video_id.text()), {clip->clip.span}});
    }
  }
  return all;
}

}  // namespace heaters::app
