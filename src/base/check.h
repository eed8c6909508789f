#pragma once

#include <cstdio>
#include <cstdlib>

// HEATERS_CHECK(condition): states an invariant that only a bug can break. Stays on in release builds and
// aborts; what the world can break (files, media, users) throws heaters::Error instead.
#define HEATERS_CHECK(condition)                                                             \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
