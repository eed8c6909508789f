#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "media/clip_plan.h"
#include "media/demuxer.h"
#include "media/frame.h"
#include "media/frame_table.h"

namespace heaters::media {

// What somebody wants to know of a source: see read_spans().
struct SpanRequest {
  std::vector<FrameSpan> decoded;  // these frames, decoded
  std::size_t first_packet = 0;    // and these packets of the video, in decoding order: [first, end)
  std::size_t end_packet = 0;
  FrameSpan heard;  // and the packets of the sound of these frames
};

class SpanListener {
 public:
  virtual ~SpanListener() = default;
  // `request` is the index of who wanted it. Frames come in order, packets in decoding order.
  virtual void on_frame(std::size_t request, const Frame& frame) = 0;
  virtual void on_packet(std::size_t, const AVPacket&, FrameNumber) {}
  // From sound_lead_seconds before `heard` on, and beyond it until has_heard_all() says so.
  virtual void on_sound(std::size_t, const AVPacket&) {}
  virtual bool has_heard_all(std::size_t) const { return true; }
  // Nothing more comes: all frames and packets were given, and the sound that may still be missing is not
  // there. Once for each request, at once when it is known.
  virtual void on_end(std::size_t request) = 0;
};

// Reads what the requests want in one go through the file, over which it seeks where nobody wants anything.
// Only the groups of pictures that have frames to be decoded are decoded. Frames are known by their times,
// which must be those of the table. Throws Unsupported when the packets are not in the order given, are not
// what the table says, or do not decode to all frames that are wanted; then count_spans() still can. Memory
// does not grow with the length of spans.
void read_spans(Demuxer& demuxer, const FrameTable& table, const DecodeOrder& order,
                const std::vector<SpanRequest>& requests, SpanListener& listener,
                const std::stop_token& stop);

// The same by decoding everything from the start and counting, for sources whose times had to be repaired.
// Gives no video packets.
void count_spans(Demuxer& demuxer, const FrameTable& table, const std::vector<SpanRequest>& requests,
                 SpanListener& listener, const std::stop_token& stop);

// By seeking where the order of packets is known and they are what it says, else by counting: `read` is given
// a source that was just opened and a function that reads it into a listener, a second time when the first
// was no use. Returns what it returns. For requests of frames and sound; packets come by read_spans() alone.
template <typename Read>
auto read_or_count(const std::filesystem::path& source, const FrameTable& table,
                   const std::optional<DecodeOrder>& order, const std::vector<SpanRequest>& requests,
                   const std::stop_token& stop, const Read& read) {
  if (order) {
    try {
      Demuxer demuxer(source, stop);
      return read(demuxer, [&](SpanListener& listener) {
        read_spans(demuxer, table, *order, requests, listener, stop);
      });
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unsupported) throw;
    }
  }
  Demuxer demuxer(source, stop);
  return read(demuxer,
              [&](SpanListener& listener) { count_spans(demuxer, table, requests, listener, stop); });
}

// How long before a span its sound begins to be given.
inline constexpr double sound_lead_seconds = 0.5;

}  // namespace heaters::media
