#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace heaters::web {

// What a server was asked since it began. Thread-safe.
class RequestCounts {
 public:
  static constexpr std::size_t classes = 6;  // of status codes, by their first digit

  void add(unsigned status, std::chrono::duration<double> took) {
    const std::size_t digit = status / 100;
    by_class_[digit < classes ? digit : 0].fetch_add(1, std::memory_order_relaxed);
    microseconds_.fetch_add(std::chrono::duration_cast<std::chrono::microseconds>(took).count(),
                            std::memory_order_relaxed);
  }

  std::int64_t of_class(std::size_t digit) const { return by_class_[digit]; }
  // Until answers began to be sent.
  double seconds() const { return static_cast<double>(microseconds_) / 1e6; }

 private:
  std::array<std::atomic<std::int64_t>, classes> by_class_{};
  std::atomic<std::int64_t> microseconds_ = 0;
};

}  // namespace heaters::web
