#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "documents/video_document.h"
#include "exchange/timeline.h"

namespace heaters::documents {

// Clips as a timeline for editors' programs and data sets, in the order given: their sources, their times by
// the frame tables, and what was decided about them. Facts: clip_id, video_id, decision, begins, score,
// grouped.
exchange::Timeline clip_timeline(const Sources& sources, const std::vector<catalog::PlacedClip>& clips,
                                 const std::string& title);

}  // namespace heaters::documents
