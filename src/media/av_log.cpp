#include "media/av_log.h"

#include <array>
#include <string_view>

#include "base/log.h"
#include "media/av.h"
#include "media/lazy_library.h"

namespace heaters::media {

namespace {

void forward(void* context, int level, const char* format, va_list arguments) noexcept {
  if (level > AV_LOG_INFO) return;
  std::array<char, 1024> line{};
  int print_prefix = 1;
  av_log_format_line2(context, level, format, arguments, line.data(), static_cast<int>(line.size()),
                      &print_prefix);
  std::string_view text = line.data();
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  try {
    log(LogLevel::Debug, "libav", {{"message", text}});
  } catch (...) {
    // A log line is not worth an exception that would have to cross libav.
    return;
  }
}

}  // namespace

void route_libav_log() {
  when_libav_is_loaded([] { av_log_set_callback(forward); });
}

}  // namespace heaters::media
