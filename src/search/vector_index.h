#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "catalog/near_graph.h"

namespace heaters::search {

// Vectors of signed bytes by number, and which of them point where another does. Up to a size every vector is
// compared (`dimensions` bytes each); above it a graph is searched (catalog::NearGraph, by hnswlib), which
// finds nearly all at a hundredth of the cost, for about 170 bytes a vector more. Any number of threads may
// search at once, while nothing else is done.
class VectorIndex {
 public:
  struct Options {
    std::size_t dimensions = 256;
    std::size_t exact_up_to = catalog::NearGraph::exact_up_to;
    std::size_t links = catalog::NearGraph::links;
    std::size_t build_effort = catalog::NearGraph::build_effort;
    std::size_t search_effort = catalog::NearGraph::search_effort;
    int threads = 2;  // to build the graph, and to compare with every vector
  };
  using Number = std::uint32_t;  // the caller's, each one once
  struct Vector {
    Number number = 0;
    std::span<const std::int8_t> components;
  };
  struct Hit {
    Number number = 0;
    float likeness = 0;  // cosine of the angle
    bool operator==(const Hit&) const = default;
  };

  explicit VectorIndex(const Options& options);
  ~VectorIndex();
  VectorIndex(VectorIndex&&) noexcept;
  VectorIndex& operator=(VectorIndex&&) noexcept;

  // Numbers must be new: never used before, also not by what was removed.
  void add(std::span<const Vector> vectors);
  // Of numbers that are not there: nothing happens.
  void remove(std::span<const Number> numbers);
  std::size_t size() const { return slots_.size(); }
  bool is_exact() const { return graph_ == nullptr; }

  // The nearest, best first; of equals the smaller number first.
  std::vector<Hit> nearest(std::span<const std::int8_t> query, std::size_t count) const;
  // The same by comparing with every vector.
  std::vector<Hit> nearest_exactly(std::span<const std::int8_t> query, std::size_t count) const;
  // The same of some vectors; numbers that are not there are passed over.
  std::vector<Hit> nearest_among(std::span<const std::int8_t> query, std::size_t count,
                                 std::span<const Number> numbers) const;
  // Borrowed until the next change; empty when it is not there.
  std::span<const std::int8_t> find(Number number) const;

  // Only the graph is worth keeping: vectors alone are as soon read from where they came. Written whole or
  // not at all. Throws Error as writing files does.
  void save(const std::filesystem::path& path) const;
  // What save() wrote of a graph with these options; throws Corrupt or NotFound, then it must be built anew.
  static VectorIndex load(const std::filesystem::path& path, const Options& options);

  // Bytes in memory.
  std::size_t bytes() const;

 private:
  class Graph;

  const std::int8_t* row(std::size_t index) const;
  float likeness(std::span<const std::int8_t> query, float inverse, std::size_t place) const;
  void add_rows(std::span<const Vector> vectors);
  void build_graph(std::size_t capacity);
  void add_to_graph(std::span<const Vector> vectors);

  Options options_;
  std::vector<std::int8_t> rows_;                  // without a graph
  std::vector<Number> row_numbers_;                // of each row
  std::vector<float> row_inverses_;                // one over its length
  std::unordered_map<Number, std::size_t> slots_;  // the row, or the graph's own place, of each number
  std::unique_ptr<Graph> graph_;
};

}  // namespace heaters::search
