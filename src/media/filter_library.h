#pragma once

#include "media/av.h"

namespace heaters::media {

// libavfilter, loaded when it is first needed: with what it links to it takes 16 ms and 18 MB, two fifths of
// the start of a program that may never filter anything. The functions are libavfilter's own, by their names.
struct FilterLibrary {
  decltype(&::avfilter_graph_alloc) avfilter_graph_alloc;
  decltype(&::avfilter_graph_free) avfilter_graph_free;
  decltype(&::avfilter_graph_create_filter) avfilter_graph_create_filter;
  decltype(&::avfilter_graph_parse_ptr) avfilter_graph_parse_ptr;
  decltype(&::avfilter_graph_config) avfilter_graph_config;
  decltype(&::avfilter_get_by_name) avfilter_get_by_name;
  decltype(&::avfilter_inout_alloc) avfilter_inout_alloc;
  decltype(&::avfilter_inout_free) avfilter_inout_free;
  decltype(&::av_buffersrc_add_frame_flags) av_buffersrc_add_frame_flags;
  decltype(&::av_buffersrc_write_frame) av_buffersrc_write_frame;
  decltype(&::av_buffersink_get_frame) av_buffersink_get_frame;
  decltype(&::av_buffersink_get_time_base) av_buffersink_get_time_base;
  decltype(&::av_buffersink_set_frame_size) av_buffersink_set_frame_size;
};

// Stays loaded. Thread-safe. Throws Unsupported where it is not installed.
const FilterLibrary& filter_library();

struct FreeFilterGraph {
  void operator()(AVFilterGraph* graph) const { filter_library().avfilter_graph_free(&graph); }
};
struct FreeFilterInOut {
  void operator()(AVFilterInOut* ends) const { filter_library().avfilter_inout_free(&ends); }
};
using UniqueFilterGraph = std::unique_ptr<AVFilterGraph, FreeFilterGraph>;
using UniqueFilterInOut = std::unique_ptr<AVFilterInOut, FreeFilterInOut>;

}  // namespace heaters::media
