#include "media/lazy_library.h"

#ifdef HEATERS_LAZY_LIBRARIES

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <iterator>
#include <mutex>
#include <string>

#include "media/av.h"

namespace heaters::media {

namespace {

enum class Library { Format, Scale, Filter, Loudness };

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

std::string file_name(Library library) {
  switch (library) {
    case Library::Format:
      return fmt::format("libavformat.so.{}", LIBAVFORMAT_VERSION_MAJOR);
    case Library::Scale:
      return fmt::format("libswscale.so.{}", LIBSWSCALE_VERSION_MAJOR);
    case Library::Filter:
      return fmt::format("libavfilter.so.{}", LIBAVFILTER_VERSION_MAJOR);
    case Library::Loudness:
      return "libebur128.so.1";
  }
  return {};
}

void* load(Library library) {
  // Recursive: what is run when it is loaded calls it.
  static std::recursive_mutex mutex;
  static std::array<void*, 4> loaded{};
  const std::scoped_lock lock(mutex);
  void*& handle = loaded.at(static_cast<std::size_t>(library));
  if (handle == nullptr) {
    const std::string name = file_name(library);
    handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr) throw Error(ErrorKind::Unavailable, fmt::format("load {}: {}", name, ::dlerror()));
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
                         fmt::format("load {}: it has no {}", file_name(call.library), call.function));
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
