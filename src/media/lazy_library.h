#pragma once

namespace heaters::media {

// libav, its filters and the codecs below it are loaded when a function of theirs is first called: with the
// 120 libraries that they link to they are two thirds of what a program would take to start that only answers
// a question, and most of its memory. Calls are written as usual; lazy_calls.inc names what can be called,
// lazy_calls.S is what the linker finds. Where a library is missing, the first call ends the program as the
// dynamic linker would have ended it at its start. Thread-safe. What was loaded stays. Not on every machine
// (CMakeLists.txt): elsewhere they are linked.

// Calls `then` once, before the first call of a libav function does anything: at once where libav is linked.
void when_libav_is_loaded(void (*then)());

}  // namespace heaters::media
