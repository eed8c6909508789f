#pragma once

#include <functional>
#include <string>

#include "media/av.h"

namespace heaters::media {

// A chain of libavfilter filters from one source to one sink, described in libavfilter's own language:
//
//   graph.send(frame);                               // nullptr: end
//   while (AVFrame* out = graph.receive()) ...
//
// Built for the properties of the first frame and rebuilt when a frame with others arrives (what the old
// graph still holds comes out first). Not thread-safe.
class FilterGraph {
 public:
  // `describe` gives the chain for a frame; `time_base` is that of the frames' pts, in and out.
  using Describe = std::function<std::string(const AVFrame&)>;
  FilterGraph(Describe describe, Rational time_base);

  void send(const AVFrame* frame);

  // The next output frame, valid until the next call, pts in the time base given; nullptr when more input is
  // needed.
  AVFrame* receive();

  // Forgets what is in the filters; the next frame builds them anew.
  void restart() { graph_.reset(); }

  // Audio: every output frame but the last holds exactly this many samples.
  void set_audio_frame_samples(int samples) { audio_frame_samples_ = samples; }

 private:
  bool fits(const AVFrame& frame) const;
  void build(const AVFrame& frame);
  void end();

  Describe describe_;
  Rational time_base_;
  int audio_frame_samples_ = 0;
  UniqueFilterGraph graph_;
  AVFilterContext* source_ = nullptr;     // owned by the graph
  AVFilterContext* sink_ = nullptr;       // owned by the graph
  UniqueFrame built_for_ = make_frame();  // properties only
  UniqueFrame pending_ = make_frame();    // the frame that made a rebuild necessary
  bool has_pending_ = false;
  UniqueFrame out_ = make_frame();
};

}  // namespace heaters::media
