#pragma once

#include <cstddef>
#include <functional>

namespace heaters {

// Calls `work` with every number below `count`, on up to `threads` threads, the caller's among them. After a
// failure no further number is begun; the first failure is thrown when all threads have ended.
void for_each_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

}  // namespace heaters
