#include "media/filter_graph.h"

#include <fmt/format.h>

#include <new>

#include <array>

#include "base/check.h"

namespace heaters::media {

namespace {

bool is_audio(const AVFrame& frame) {
  return frame.width == 0;
}

std::string channel_layout_text(const AVFrame& frame) {
  AVChannelLayout layout = frame.ch_layout;
  // A decoder that does not know the order of its channels gives only their number.
  if (layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  std::array<char, 128> text{};
  check_av(av_channel_layout_describe(&layout, text.data(), text.size()), "describe a channel layout");
  return text.data();
}

std::string source_arguments(const AVFrame& frame, Rational time_base) {
  if (is_audio(frame)) {
    return fmt::format("time_base={}/{}:sample_rate={}:sample_fmt={}:channel_layout={}", time_base.num,
                       time_base.den, frame.sample_rate, frame.format, channel_layout_text(frame));
  }
  const AVRational aspect = frame.sample_aspect_ratio;
  return fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect={}/{}", frame.width,
                     frame.height, frame.format, time_base.num, time_base.den, aspect.num,
                     aspect.den > 0 ? aspect.den : 1);
}

}  // namespace

FilterGraph::FilterGraph(Describe describe, Rational time_base)
    : describe_(std::move(describe)), time_base_(time_base) {}

bool FilterGraph::fits(const AVFrame& frame) const {
  if (frame.format != built_for_->format) return false;
  if (is_audio(frame)) {
    return frame.sample_rate == built_for_->sample_rate &&
           av_channel_layout_compare(&frame.ch_layout, &built_for_->ch_layout) == 0;
  }
  return frame.width == built_for_->width && frame.height == built_for_->height &&
         frame.color_trc == built_for_->color_trc && frame.colorspace == built_for_->colorspace;
}

void FilterGraph::build(const AVFrame& frame) {
  const std::string chain = describe_(frame);
  const std::string attempt = fmt::format("set up the filters \"{}\"", chain);
  graph_.reset(avfilter_graph_alloc());
  if (graph_ == nullptr) throw std::bad_alloc();
  graph_->nb_threads = 0;

  const bool audio = is_audio(frame);
  const std::string arguments = source_arguments(frame, time_base_);
  check_av(avfilter_graph_create_filter(&source_, avfilter_get_by_name(audio ? "abuffer" : "buffer"), "in",
                                        arguments.c_str(), nullptr, graph_.get()),
           attempt);
  check_av(avfilter_graph_create_filter(&sink_, avfilter_get_by_name(audio ? "abuffersink" : "buffersink"),
                                        "out", nullptr, nullptr, graph_.get()),
           attempt);

  // Seen from the chain: its input is our source's output.
  UniqueFilterInOut outputs(avfilter_inout_alloc());
  UniqueFilterInOut inputs(avfilter_inout_alloc());
  if (!outputs || !inputs) throw std::bad_alloc();
  outputs->name = av_strdup("in");
  outputs->filter_ctx = source_;
  inputs->name = av_strdup("out");
  inputs->filter_ctx = sink_;
  AVFilterInOut* raw_inputs = inputs.release();
  AVFilterInOut* raw_outputs = outputs.release();
  const int parsed =
      avfilter_graph_parse_ptr(graph_.get(), chain.c_str(), &raw_inputs, &raw_outputs, nullptr);
  inputs.reset(raw_inputs);
  outputs.reset(raw_outputs);
  check_av(parsed, attempt);
  check_av(avfilter_graph_config(graph_.get(), nullptr), attempt);
  if (audio && audio_frame_samples_ > 0) {
    av_buffersink_set_frame_size(sink_, static_cast<unsigned>(audio_frame_samples_));
  }
  av_frame_unref(built_for_.get());
  built_for_->format = frame.format;
  built_for_->width = frame.width;
  built_for_->height = frame.height;
  built_for_->color_trc = frame.color_trc;
  built_for_->colorspace = frame.colorspace;
  built_for_->sample_rate = frame.sample_rate;
  check_av(av_channel_layout_copy(&built_for_->ch_layout, &frame.ch_layout), attempt);
}

void FilterGraph::end() {
  if (graph_) check_av(av_buffersrc_add_frame_flags(source_, nullptr, 0), "end the filters");
}

void FilterGraph::send(const AVFrame* frame) {
  HEATERS_CHECK(!has_pending_);
  if (frame == nullptr) return end();
  if (!graph_) build(*frame);
  if (!fits(*frame)) {
    end();
    check_av(av_frame_ref(pending_.get(), frame), "filter a frame");
    has_pending_ = true;
    return;
  }
  check_av(av_buffersrc_write_frame(source_, frame), "filter a frame");
}

AVFrame* FilterGraph::receive() {
  if (!graph_) return nullptr;
  for (;;) {
    av_frame_unref(out_.get());
    const int code = av_buffersink_get_frame(sink_, out_.get());
    if (code >= 0) {
      const Rational sink_base = from_av(av_buffersink_get_time_base(sink_));
      if (out_->pts != AV_NOPTS_VALUE) out_->pts = rescale(out_->pts, sink_base, time_base_);
      return out_.get();
    }
    if (code == AVERROR_EOF && has_pending_) {
      has_pending_ = false;
      build(*pending_);
      check_av(av_buffersrc_write_frame(source_, pending_.get()), "filter a frame");
      av_frame_unref(pending_.get());
      continue;
    }
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return nullptr;
    check_av(code, "filter a frame");
  }
}

}  // namespace heaters::media
