#pragma once

namespace heaters::media {

// libav, its filters and the codecs below it are loaded when a function of theirs is first called: with the
// 105 libraries that they link to they are two thirds of what a program would take to start that only answers
// a question, and most of its memory. Calls are written as usual; lazy_calls.inc names what can be called,
// lazy_calls.S is what the linker finds. A call throws Unavailable where its library cannot be loaded:
// another machine may have it. Thread-safe. What was loaded stays. Not on every machine (CMakeLists.txt):
// elsewhere they are linked.

// `then` is run once, before any other function of libav: at once where it is linked. To be called when the
// program starts.
void when_libav_is_loaded(void (*then)());

}  // namespace heaters::media
