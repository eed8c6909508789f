#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/sinks.h"

namespace heaters::media {

// Where and when every frame of a source is, by frame number. The only way from a frame number to a time:
// frame N is shown at pts[N] ticks of the stream's time base, never at N / rate. So variable frame rates,
// edit lists and reordered frames are exact. 24 bytes a frame in memory: ten hours at 30/s are 26 MB.
class FrameTable {
 public:
  struct Row {
    std::int64_t pts = 0;
    std::int64_t offset = -1;  // of the packet, bytes into the file; -1 when the container does not tell
    std::uint32_t bytes = 0;   // of the packet
    bool is_keyframe = false;
    bool operator==(const Row&) const = default;
  };

  explicit FrameTable(Rational time_base) : time_base_(time_base) {}

  // `row.pts` must be larger than that of the row before.
  void append(const Row& row);

  Rational time_base() const { return time_base_; }
  FrameNumber size() const { return static_cast<FrameNumber>(rows_.size()); }
  const Row& operator[](FrameNumber frame) const { return rows_[static_cast<std::size_t>(frame)]; }

  // The frame that is shown at `pts`; nullopt when none begins then.
  std::optional<FrameNumber> find(std::int64_t pts) const;

  // Ticks from the frame's start to the next one's. The last frame lasts as long as the one before it.
  std::int64_t ticks(FrameNumber frame) const;

  // Seconds of the frame's start since the first frame's. `frame` may be size(): the end of the last frame,
  // which is taken to last as long as the one before it.
  double seconds(FrameNumber frame) const;

  // Whether the time from frame to frame differs by more than the rounding of the time base explains.
  bool is_variable_rate() const;

  // Mean frames per second as an exact fraction; 0/1 for fewer than two frames.
  Rational mean_rate() const;

  // The form on disk, described in docs/formats.md: about 6 bytes a frame.
  std::vector<std::byte> encode() const;
  // Throws Corrupt.
  static FrameTable decode(std::span<const std::byte> bytes);

  bool operator==(const FrameTable&) const = default;

 private:
  Rational time_base_;
  std::vector<Row> rows_;
};

// Throws InvalidInput, saying what was attempted, for an empty span or one outside the table.
void require_span(const FrameTable& table, FrameSpan span, const std::string& attempt);

// Fills a frame table from the pass.
class FrameTableSink : public FrameSink {
 public:
  explicit FrameTableSink(Rational time_base) : table_(time_base) {}
  void consume(const Frame& frame) override;
  void finish() override {}
  const FrameTable& table() const { return table_; }

 private:
  FrameTable table_;
};

}  // namespace heaters::media
