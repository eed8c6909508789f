#include "media/filter_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <string>

namespace heaters::media {

namespace {

FilterLibrary load() {
  const std::string name = fmt::format("libavfilter.so.{}", LIBAVFILTER_VERSION_MAJOR);
  void* const library = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  // dlerror() is not asked again: it may be another thread's.
  if (library == nullptr) throw Error(ErrorKind::Unsupported, fmt::format("load {}: it is not there", name));
  const auto find = [&]<typename Function>(Function& function, const char* symbol) {
    function = reinterpret_cast<Function>(::dlsym(library, symbol));
    if (function == nullptr)
      throw Error(ErrorKind::Unsupported, fmt::format("load {}: it has no {}", name, symbol));
  };
  FilterLibrary functions{};
  find(functions.avfilter_graph_alloc, "avfilter_graph_alloc");
  find(functions.avfilter_graph_free, "avfilter_graph_free");
  find(functions.avfilter_graph_create_filter, "avfilter_graph_create_filter");
  find(functions.avfilter_graph_parse_ptr, "avfilter_graph_parse_ptr");
  find(functions.avfilter_graph_config, "avfilter_graph_config");
  find(functions.avfilter_get_by_name, "avfilter_get_by_name");
  find(functions.avfilter_inout_alloc, "avfilter_inout_alloc");
  find(functions.avfilter_inout_free, "avfilter_inout_free");
  find(functions.av_buffersrc_add_frame_flags, "av_buffersrc_add_frame_flags");
  find(functions.av_buffersrc_write_frame, "av_buffersrc_write_frame");
  find(functions.av_buffersink_get_frame, "av_buffersink_get_frame");
  find(functions.av_buffersink_get_time_base, "av_buffersink_get_time_base");
  find(functions.av_buffersink_set_frame_size, "av_buffersink_set_frame_size");
  return functions;
}

}  // namespace

const FilterLibrary& filter_library() {
  static const FilterLibrary functions = load();
  return functions;
}

}  // namespace heaters::media
