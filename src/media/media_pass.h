#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/progress.h"
#include "media/deblocking.h"
#include "media/decoding_threads.h"
#include "media/demuxer.h"
#include "media/sinks.h"

namespace heaters::media {

// Who listens to a pass; borrowed. This list *is* the pass: a stream nobody listens to is not decoded.
struct PassSinks {
  std::vector<FrameSink*> frames;
  std::vector<AudioSink*> audio;
  std::vector<PacketSink*> packets;
  // All when a sink encodes the frames.
  Deblocking deblocking = Deblocking::ReferencedOnly;
  DecodingThreads threads = DecodingThreads::PerCore;
};

struct PassReport {
  FrameNumber frames = 0;
  std::int64_t decode_errors = 0;        // packets that gave no picture or sound
  std::int64_t repaired_timestamps = 0;  // frames whose timestamp was missing or did not increase
  bool picture_size_changes = false;
};

// One demux and one decode of the source, from the demuxer's position to its end, into the sinks, whose
// finish() it calls. Memory does not grow with the length of the source. A stop is noticed within one frame
// (Error Cancelled). Throws Corrupt when the video stream gives no picture at all or the file ends long
// before its declared duration, InvalidInput when it gives a single frame or frames that all have one time,
// and whatever a sink throws. Synchronous; libav decodes on threads of its own
// meanwhile.
PassReport run_media_pass(Demuxer& demuxer, const PassSinks& sinks, const std::stop_token& stop,
                          const ProgressListener& on_progress);

}  // namespace heaters::media
