#pragma once

namespace heaters::media {

// Which pictures get the decoder's loop filter. Leaving it out on pictures that no other is predicted from
// changes nothing but their own block edges, and makes decoding of H.264 cheaper (4 % where a third of the
// frames are such): enough for averages and small stills, not for pictures that are encoded again. Without
// any, what is predicted drifts from one keyframe to the next: enough for averages alone (a fifth cheaper for
// H.264, a third for AV1, a half for VP8).
enum class Deblocking { All, ReferencedOnly, None };

}  // namespace heaters::media
