#include "media/lazy_library.h"

#ifdef HEATERS_LAZY_LIBRARIES

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <iterator>
#include <mutex>

#include "media/av.h"

namespace heaters::media {

namespace {

enum class Library : std::size_t { Format, Scale, Filter, Loudness };
constexpr std::array library_files = {"libavformat.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR),
                                      "libswscale.so." AV_STRINGIFY(LIBSWSCALE_VERSION_MAJOR),
                                      "libavfilter.so." AV_STRINGIFY(LIBAVFILTER_VERSION_MAJOR),
                                      "libebur128.so.1"};

struct LazyCall {
  Library library;
  const char* function;
};

constexpr LazyCall calls[] = {
#define HEATERS_LAZY(library, function) {Library::library, #function},
#include "media/lazy_calls.inc"
#undef HEATERS_LAZY
};

std::atomic<void (*)()> when_loaded = nullptr;

const char* file_of(Library library) {
  return library_files.at(static_cast<std::size_t>(library));
}

void* load(Library library) {
  // Recursive: what is run when it is loaded calls it.
  static std::recursive_mutex mutex;
  static std::array<void*, library_files.size()> loaded{};
  const std::scoped_lock lock(mutex);
  void*& handle = loaded.at(static_cast<std::size_t>(library));
  if (handle == nullptr) {
    handle = ::dlopen(file_of(library), RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) {
      throw Error(ErrorKind::Unavailable, fmt::format("load {}: {}", file_of(library), ::dlerror()));
    }
    if (void (*const then)() = when_loaded.exchange(nullptr)) then();
  }
  return handle;
}

}  // namespace

void when_libav_is_loaded(void (*then)()) {
  when_loaded = then;
}

}  // namespace heaters::media

extern "C" {

// What lazy_calls.S jumps to, by the order of lazy_calls.inc; nullptr until the first call.
[[gnu::visibility(
    "hidden")]] std::atomic<void*> heaters_lazy_addresses[std::size(heaters::media::calls)] = {};

// From lazy_calls.S: the address of a function that is called for the first time. What it throws goes through
// there to the caller.
[[gnu::visibility("hidden")]] void* heaters_lazy_address(std::size_t index) {
  using namespace heaters::media;
  const LazyCall& call = calls[index];
  void* const address = ::dlsym(load(call.library), call.function);
  if (address == nullptr) {
    throw heaters::Error(heaters::ErrorKind::Unavailable,
                         fmt::format("load {}: it has no {}", file_of(call.library), call.function));
  }
  heaters_lazy_addresses[index].store(address, std::memory_order_release);
  return address;
}

}  // extern "C"

#else

namespace heaters::media {

void when_libav_is_loaded(void (*then)()) {
  then();
}

}  // namespace heaters::media

#endif
