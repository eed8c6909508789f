#include "media/lazy_library.h"

#ifdef HEATERS_LAZY_LIBRARIES

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
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

[[noreturn]] void give_up(const std::string& why) {
  std::fputs(fmt::format("heaters: {}\n", why).c_str(), stderr);
  ::_exit(127);
}

void* load(Library library) {
  static std::mutex mutex;
  static std::array<void*, 4> loaded{};
  const std::scoped_lock lock(mutex);
  void*& handle = loaded.at(static_cast<std::size_t>(library));
  if (handle == nullptr) {
    const std::string name = file_name(library);
    handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
    // dlerror() is not asked again: it may be another thread's.
    if (handle == nullptr) give_up(fmt::format("load {}: it is not there", name));
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

// From lazy_calls.S: the address of a function that is called for the first time.
[[gnu::visibility("hidden")]] void* heaters_lazy_address(std::size_t index) noexcept {
  using namespace heaters::media;
  const LazyCall& call = calls[index];
  void* const address = ::dlsym(load(call.library), call.function);
  if (address == nullptr)
    give_up(fmt::format("load {}: it has no {}", file_name(call.library), call.function));
  heaters_lazy_addresses[index].store(address, std::memory_order_release);
  // What it sets up calls functions of the library itself, by this way.
  if (void (*const then)() = when_loaded.exchange(nullptr)) then();
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
