#include "exchange/timeline_format.h"

#include <algorithm>

#include "exchange/chapters.h"
#include "exchange/csv.h"
#include "exchange/dataset.h"
#include "exchange/edl.h"
#include "exchange/fcpxml.h"
#include "exchange/otio.h"
#include "exchange/qp_file.h"

namespace heaters::exchange {

const std::vector<TimelineFormat>& timeline_formats() {
  static const std::vector<TimelineFormat> formats = {
      {"csv", ".csv", "text/csv; charset=utf-8", to_csv},
      {"edl", ".edl", "text/plain; charset=utf-8", to_edl},
      {"ffmetadata", ".txt", "text/plain; charset=utf-8", to_ffmetadata},
      {"fcpxml", ".fcpxml", "application/xml", to_fcpxml},
      {"jsonl", ".jsonl", "application/jsonl", to_jsonl},
      {"otio", ".otio", "application/json", to_otio},
      {"qpfile", ".qp", "text/plain; charset=utf-8", to_qp_file},
      {"vtt", ".vtt", "text/vtt; charset=utf-8", to_webvtt},
  };
  return formats;
}

const TimelineFormat* find_timeline_format(std::string_view name) {
  const auto& all = timeline_formats();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
  return found != all.end() ? &*found : nullptr;
}

}  // namespace heaters::exchange
