#include "media/span_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "media/av.h"
#include "media/decoder.h"
#include "media/media_pass.h"

namespace heaters::media {

namespace {

// Packets [first, end) in decoding order, and the first frame that may come out of them whole.
struct DecodedRange {
  std::size_t first = 0;
  std::size_t end = 0;
  FrameNumber first_frame = 0;
};

// Requests that are read together.
struct Window {
  std::size_t first = 0;  // packets, [first, end)
  std::size_t end = 0;
  FrameSpan heard;
  std::vector<std::size_t> requests;
};

// Reading on costs less than seeking for so many packets.
constexpr std::size_t near_packets = 200;
// Sound that has not come by so long after its picture is not there.
constexpr double sound_lag_seconds = 10;

DecodedRange range_of(FrameSpan span, const DecodeOrder& order) {
  const FrameNumber key = order.keyframe_before(span.begin).value_or(0);
  DecodedRange range{order.index_of(key), 0, key};
  for (FrameNumber frame = key; frame < span.end; ++frame) {
    range.first = std::min(range.first, order.index_of(frame));
    range.end = std::max(range.end, order.index_of(frame) + 1);
  }
  return range;
}

template <typename Range>
std::vector<Range> sorted(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  return ranges;
}

std::vector<DecodedRange> decoded_ranges(const std::vector<SpanRequest>& requests, const DecodeOrder& order) {
  std::vector<DecodedRange> all;
  for (const SpanRequest& request : requests) {
    for (const FrameSpan& span : request.decoded) {
      if (span.length() > 0) all.push_back(range_of(span, order));
    }
  }
  std::vector<DecodedRange> merged;
  for (const DecodedRange& range : sorted(std::move(all))) {
    if (merged.empty() || range.first >= merged.back().end) {
      merged.push_back(range);
    } else {
      merged.back().end = std::max(merged.back().end, range.end);
    }
  }
  return merged;
}

std::vector<Window> windows_of(const std::vector<SpanRequest>& requests, const DecodeOrder& order) {
  std::vector<Window> all;
  all.reserve(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const SpanRequest& request = requests[i];
    Window window{order.size(), 0, request.heard, {i}};
    const auto include = [&](std::size_t first, std::size_t end) {
      window.first = std::min(window.first, first);
      window.end = std::max(window.end, end);
    };
    if (request.first_packet < request.end_packet) include(request.first_packet, request.end_packet);
    for (const FrameSpan& span : request.decoded) {
      if (span.length() > 0) include(range_of(span, order).first, range_of(span, order).end);
    }
    if (window.first < window.end) all.push_back(std::move(window));
  }
  std::vector<Window> merged;
  for (Window& window : sorted(std::move(all))) {
    if (merged.empty() || window.first > merged.back().end + near_packets) {
      merged.push_back(std::move(window));
      continue;
    }
    Window& last = merged.back();
    last.end = std::max(last.end, window.end);
    last.heard = {std::min(last.heard.begin, window.heard.begin), std::max(last.heard.end, window.heard.end)};
    last.requests.insert(last.requests.end(), window.requests.begin(), window.requests.end());
  }
  return merged;
}

// To whom it belongs, and not before its time: whoever hears it opens a file for it.
void give_sound(const Demuxer& demuxer, const FrameTable& table, const SpanRequest& wanted,
                std::size_t request, const AVPacket& packet, SpanListener& listener) {
  if (packet.pts != AV_NOPTS_VALUE) {
    const double begin = to_seconds(table[wanted.heard.begin].pts, table.time_base());
    const double now = to_seconds(packet.pts, demuxer.info().audio->time_base);
    if (now < begin - sound_lead_seconds) return;
  }
  if (!listener.has_heard_all(request)) listener.on_sound(request, packet);
}

// Whether the sound of a request, if it is still missing when a picture is read, is not coming.
bool is_sound_late(const FrameTable& table, const SpanRequest& wanted, std::int64_t pts) {
  const std::int64_t end = table[std::min(wanted.heard.end, table.size() - 1)].pts;
  return to_seconds(pts - end, table.time_base()) > sound_lag_seconds;
}

class SpanReading {
 public:
  SpanReading(Demuxer& demuxer, const FrameTable& table, const DecodeOrder& order,
              const std::vector<SpanRequest>& requests, SpanListener& listener, const std::stop_token& stop)
      : demuxer_(demuxer),
        table_(table),
        order_(order),
        requests_(requests),
        listener_(listener),
        stop_(stop),
        ranges_(decoded_ranges(requests, order)),
        given_(requests.size()),
        has_ended_(requests.size()) {}

  void run() {
    for (const Window& window : windows_of(requests_, order_)) read(window);
  }

 private:
  void read(const Window& window) {
    seek(window);
    expected_ = window.first;
    while (!is_finished(window)) {
      if (stop_.stop_requested()) throw Error(ErrorKind::Cancelled, "export: stopped");
      const AVPacket* packet = demuxer_.next();
      if (packet == nullptr) break;
      if (packet->stream_index == demuxer_.info().video.index) {
        take_video(*packet, window);
      } else {
        for (const std::size_t request : window.requests) {
          give_sound(demuxer_, table_, requests_[request], request, *packet, listener_);
        }
      }
    }
    end_range();
    if (expected_ < window.end) refuse("its packets do not have the times of its frames");
    for (const std::size_t request : window.requests) {
      FrameNumber wanted = 0;
      for (const FrameSpan& span : requests_[request].decoded) wanted += span.length();
      if (given_[request] != wanted)
        refuse("from a keyframe on other frames are decoded than from the start");
      end(request);
    }
  }

  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorKind::Unsupported, fmt::format("read \"{}\": {}", demuxer_.path().string(), why));
  }

  void end(std::size_t request) {
    if (has_ended_[request]) return;
    has_ended_[request] = true;
    listener_.on_end(request);
  }

  void seek(const Window& window) {
    if (window.first <= position_ + near_packets) return;
    const FrameNumber key = order_.frame_at(window.first);
    const Rational base = table_.time_base();
    const auto lead = static_cast<std::int64_t>(sound_lead_seconds / to_seconds(1, base));
    demuxer_.seek(std::min(table_[key].pts, table_[window.heard.begin].pts - lead));
  }

  bool is_finished(const Window& window) const {
    // The last frame may have a second packet, for its second field.
    if (expected_ < window.end || decoder_) return false;
    return std::all_of(window.requests.begin(), window.requests.end(), [&](std::size_t request) {
      return has_ended_[request] || listener_.has_heard_all(request);
    });
  }

  void take_video(const AVPacket& packet, const Window& window) {
    const auto frame = packet.pts != AV_NOPTS_VALUE ? table_.find(packet.pts) : std::nullopt;
    if (!frame) return take_hidden(packet);
    // Where clocks begin anew, the time of one packet may be the repaired time of another one's frame.
    const std::int64_t offset = table_[*frame].offset;
    if (packet.pos >= 0 && offset >= 0 && packet.pos != offset) {
      refuse("its packets have other times than its frames");
    }
    const std::size_t index = order_.index_of(*frame);
    position_ = index;
    if (decoder_ && index >= ranges_[next_range_].end) end_range();
    for (const std::size_t request : window.requests) {
      if (is_sound_late(table_, requests_[request], packet.pts)) end(request);
    }
    if (index < window.first || index >= window.end) return;
    if (index != expected_) refuse("its packets are in another order than their offsets");
    ++expected_;
    for (const std::size_t request : window.requests) {
      const SpanRequest& wanted = requests_[request];
      if (wanted.first_packet <= index && index < wanted.end_packet)
        listener_.on_packet(request, packet, *frame);
    }
    decode(packet, index, window);
  }

  // A packet that is decoded and never shown.
  void take_hidden(const AVPacket& packet) {
    if (!decoder_) return;
    decoder_->send(&packet);
    receive();
  }

  void decode(const AVPacket& packet, std::size_t index, const Window& window) {
    while (next_range_ < ranges_.size() && !decoder_ && ranges_[next_range_].end <= index) ++next_range_;
    if (next_range_ == ranges_.size() || index < ranges_[next_range_].first) return;
    if (!decoder_) {
      decoder_.emplace(demuxer_.video_stream(), Deblocking::All,
                       fmt::format("decode \"{}\"", demuxer_.path().string()));
      receivers_ = window.requests;
    }
    decoder_->send(&packet);
    receive();
  }

  void end_range() {
    if (!decoder_) return;
    decoder_->send(nullptr);
    receive();
    decoder_.reset();
    ++next_range_;
  }

  void receive() {
    while (const AVFrame* decoded = decoder_->receive()) {
      if (decoded->best_effort_timestamp == AV_NOPTS_VALUE) continue;
      const auto number = table_.find(decoded->best_effort_timestamp);
      if (!number || *number < ranges_[next_range_].first_frame) continue;
      const Frame frame(*decoded, *number, table_[*number].pts);
      for (const std::size_t request : receivers_) {
        for (const FrameSpan& span : requests_[request].decoded) {
          if (!span.contains(*number)) continue;
          ++given_[request];
          listener_.on_frame(request, frame);
        }
      }
    }
  }

  Demuxer& demuxer_;
  const FrameTable& table_;
  const DecodeOrder& order_;
  const std::vector<SpanRequest>& requests_;
  SpanListener& listener_;
  const std::stop_token& stop_;
  std::vector<DecodedRange> ranges_;
  std::size_t next_range_ = 0;
  std::vector<std::size_t> receivers_;
  std::optional<Decoder> decoder_;
  std::size_t expected_ = 0;  // packet
  std::size_t position_ = 0;  // packet that was read last
  std::vector<FrameNumber> given_;
  std::vector<bool> has_ended_;
};

// Hands what a whole pass gives to those who want it.
class CountedSpans : public FrameSink, public PacketSink {
 public:
  CountedSpans(const Demuxer& demuxer, const FrameTable& table, const std::vector<SpanRequest>& requests,
               SpanListener& listener)
      : demuxer_(demuxer),
        table_(table),
        requests_(requests),
        listener_(listener),
        has_ended_(requests.size()) {}

  void consume(const Frame& frame) override {
    const std::int64_t stated = frame.av().best_effort_timestamp;
    repair_ = stated != AV_NOPTS_VALUE ? frame.pts() - stated : 0;
    if (frame.number() >= table_.size() || table_[frame.number()].pts != frame.pts()) {
      throw Error(ErrorKind::Conflict, "decode a source: its frames are not those that were ingested");
    }
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      for (const FrameSpan& span : requests_[i].decoded) {
        if (span.contains(frame.number())) listener_.on_frame(i, frame);
      }
      if (is_sound_late(table_, requests_[i], frame.pts())) end(i);
    }
  }

  void consume(const AVPacket& packet) override {
    if (packet.stream_index == demuxer_.info().video.index) return;
    // The sound goes by the clock of the pictures beside it, which may have been put behind what came before.
    check_av(av_packet_ref(moved_.get(), &packet), "read sound");
    const std::int64_t ticks = rescale(repair_, table_.time_base(), demuxer_.info().audio->time_base);
    if (moved_->pts != AV_NOPTS_VALUE) moved_->pts += ticks;
    if (moved_->dts != AV_NOPTS_VALUE) moved_->dts += ticks;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      give_sound(demuxer_, table_, requests_[i], i, *moved_, listener_);
    }
    av_packet_unref(moved_.get());
  }

  void finish() override {
    for (std::size_t i = 0; i < requests_.size(); ++i) end(i);
  }

 private:
  void end(std::size_t request) {
    if (has_ended_[request]) return;
    has_ended_[request] = true;
    listener_.on_end(request);
  }

  const Demuxer& demuxer_;
  const FrameTable& table_;
  const std::vector<SpanRequest>& requests_;
  SpanListener& listener_;
  std::vector<bool> has_ended_;
  std::int64_t repair_ = 0;  // of the last picture's time, in its ticks
  UniquePacket moved_ = make_packet();
};

}  // namespace

void read_spans(Demuxer& demuxer, const FrameTable& table, const DecodeOrder& order,
                const std::vector<SpanRequest>& requests, SpanListener& listener,
                const std::stop_token& stop) {
  SpanReading(demuxer, table, order, requests, listener, stop).run();
}

void count_spans(Demuxer& demuxer, const FrameTable& table, const std::vector<SpanRequest>& requests,
                 SpanListener& listener, const std::stop_token& stop) {
  CountedSpans sink(demuxer, table, requests, listener);
  run_media_pass(demuxer, {.frames = {&sink}, .audio = {}, .packets = {&sink}, .deblocking = Deblocking::All},
                 stop, [](const Progress&) {});
}

}  // namespace heaters::media
