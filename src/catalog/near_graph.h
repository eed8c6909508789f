#pragma once

#include <cstddef>

namespace heaters::catalog {

// The graphs that near vectors are found in (hierarchical navigable small worlds: Malkov and Yashunin, 2018),
// in memory and on the database server alike.
struct NearGraph {
  // Up to so many vectors all are compared.
  static constexpr std::size_t exact_up_to = 200'000;
  // Links of each vector; how many are looked at to find its links, and the nearest ones.
  static constexpr std::size_t links = 16;
  static constexpr std::size_t build_effort = 120;
  static constexpr std::size_t search_effort = 160;

  // Whether so many nearest ones are found well: of all that it looks at it knows the nearer half.
  static constexpr bool knows(std::size_t count, std::size_t effort = search_effort) {
    return count * 2 <= effort;
  }
};

}  // namespace heaters::catalog
