#pragma once

namespace heaters::media {

// Who decodes. With threads frames are decoded ahead, so that one video is done sooner. A single one takes
// less processor time (up to a third, where cores share their units) and wastes nothing when only a part of a
// group is wanted: for who stops in the middle, and where as many videos are decoded at a time as there are
// cores.
enum class DecodingThreads { PerCore, One };

}  // namespace heaters::media
