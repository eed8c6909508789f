#include "search/vector_index.h"

#include <fmt/format.h>
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <mutex>

#include "base/check.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/parallel.h"
#include "search/dot.h"

namespace heaters::search {

namespace fs = std::filesystem;

namespace {

using Number = VectorIndex::Number;
using Hit = VectorIndex::Hit;

float inverse_length(const std::int8_t* vector, std::size_t dimensions) {
  const std::int32_t squares = dot(vector, vector, dimensions);
  return squares > 0 ? 1 / std::sqrt(static_cast<float>(squares)) : 0;
}

bool is_better(const Hit& a, const Hit& b) {
  return a.likeness != b.likeness ? a.likeness > b.likeness : a.number < b.number;
}

// The best so many of all that are offered.
class BestHits {
 public:
  explicit BestHits(std::size_t count) : count_(count) {}

  void offer(Hit hit) {
    if (count_ == 0) return;
    if (hits_.size() == count_) {
      if (!is_better(hit, hits_.front())) return;
      std::pop_heap(hits_.begin(), hits_.end(), is_better);
      hits_.pop_back();
    }
    hits_.push_back(hit);
    std::push_heap(hits_.begin(), hits_.end(), is_better);
  }

  std::vector<Hit> sorted() {
    std::sort(hits_.begin(), hits_.end(), is_better);
    return std::move(hits_);
  }
  const std::vector<Hit>& hits() const { return hits_; }

 private:
  std::size_t count_;
  std::vector<Hit> hits_;  // a heap, the worst first
};

constexpr std::array<char, 8> file_magic = {'H', 'V', 'G', '1', 0, 0, 0, 0};

}  // namespace

// What the graph keeps of a vector: its bytes, padded, and one over its length.
class LikenessSpace : public hnswlib::SpaceInterface<float> {
 public:
  explicit LikenessSpace(std::size_t dimensions) : dimensions_(dimensions) {}
  std::size_t get_data_size() override { return packed_bytes(); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return &dimensions_; }

  std::size_t packed_bytes() const { return padded() + sizeof(float); }
  std::vector<char> packed(const std::int8_t* vector) const {
    std::vector<char> data(packed_bytes());
    std::memcpy(data.data(), vector, dimensions_);
    const float inverse = inverse_length(vector, dimensions_);
    std::memcpy(data.data() + padded(), &inverse, sizeof inverse);
    return data;
  }

  float inverse_in(const std::int8_t* packed) const {
    float inverse = 0;
    std::memcpy(&inverse, packed + padded(), sizeof inverse);
    return inverse;
  }

 private:
  std::size_t padded() const { return (dimensions_ + 3) / 4 * 4; }
  static float distance(const void* a, const void* b, const void* parameter) {
    const std::size_t dimensions = *static_cast<const std::size_t*>(parameter);
    const auto* first = static_cast<const std::int8_t*>(a);
    const auto* second = static_cast<const std::int8_t*>(b);
    const std::size_t padded = (dimensions + 3) / 4 * 4;
    float inverse_a = 0;
    float inverse_b = 0;
    std::memcpy(&inverse_a, first + padded, sizeof inverse_a);
    std::memcpy(&inverse_b, second + padded, sizeof inverse_b);
    return 1 - static_cast<float>(dot(first, second, dimensions)) * inverse_a * inverse_b;
  }

  std::size_t dimensions_;
};

// hnswlib's graph, whose labels are our numbers.
class VectorIndex::Graph {
 public:
  Graph(const Options& options, std::size_t capacity)
      : space(options.dimensions),
        hnsw(&space, std::max<std::size_t>(capacity, 1024), options.links, options.build_effort) {
    hnsw.setEf(options.search_effort);
  }
  Graph(const Options& options, const std::string& path) : space(options.dimensions), hnsw(&space, path) {
    hnsw.setEf(options.search_effort);
  }

  const std::int8_t* at(std::size_t place) const {
    return static_cast<const std::int8_t*>(
        static_cast<const void*>(hnsw.getDataByInternalId(static_cast<hnswlib::tableint>(place))));
  }

  float inverse_at(std::size_t place) const { return space.inverse_in(at(place)); }
  Number number_at(std::size_t place) const {
    return static_cast<Number>(hnsw.getExternalLabel(static_cast<hnswlib::tableint>(place)));
  }

  LikenessSpace space;
  hnswlib::HierarchicalNSW<float> hnsw;
};

VectorIndex::VectorIndex(const Options& options) : options_(options) {
  HEATERS_CHECK(options.dimensions > 0 && options.dimensions <= 65'536);
}
VectorIndex::~VectorIndex() = default;
VectorIndex::VectorIndex(VectorIndex&&) noexcept = default;
VectorIndex& VectorIndex::operator=(VectorIndex&&) noexcept = default;

const std::int8_t* VectorIndex::row(std::size_t index) const {
  return graph_ ? graph_->at(index) : rows_.data() + index * options_.dimensions;
}

void VectorIndex::add(std::span<const Vector> vectors) {
  for (const Vector& vector : vectors) {
    HEATERS_CHECK(vector.components.size() == options_.dimensions && !slots_.contains(vector.number));
  }
  if (!graph_ && slots_.size() + vectors.size() > options_.exact_up_to) {
    build_graph(slots_.size() + vectors.size());
  }
  if (graph_) {
    add_to_graph(vectors);
  } else {
    add_rows(vectors);
  }
}

void VectorIndex::add_rows(std::span<const Vector> vectors) {
  for (const Vector& vector : vectors) {
    slots_.emplace(vector.number, row_numbers_.size());
    row_numbers_.push_back(vector.number);
    row_inverses_.push_back(inverse_length(vector.components.data(), options_.dimensions));
    rows_.insert(rows_.end(), vector.components.begin(), vector.components.end());
  }
}

void VectorIndex::build_graph(std::size_t capacity) {
  graph_ = std::make_unique<Graph>(options_, capacity + capacity / 4);
  std::vector<Vector> all;
  all.reserve(slots_.size());
  for (std::size_t i = 0; i < row_numbers_.size(); ++i) {
    all.push_back({row_numbers_[i], {rows_.data() + i * options_.dimensions, options_.dimensions}});
  }
  slots_.clear();
  add_to_graph(all);
  rows_ = {};
  row_inverses_ = {};
  row_numbers_ = {};
}

void VectorIndex::add_to_graph(std::span<const Vector> vectors) {
  auto& hnsw = graph_->hnsw;
  const std::size_t needed = hnsw.cur_element_count + vectors.size();
  if (needed > hnsw.max_elements_) hnsw.resizeIndex(needed + needed / 4);
  const auto add_one = [&](std::size_t i) {
    hnsw.addPoint(graph_->space.packed(vectors[i].components.data()).data(), vectors[i].number);
  };
  // The first one is the graph's entry: the others need it.
  if (!vectors.empty()) add_one(0);
  if (vectors.size() > 1) {
    for_each_parallel(vectors.size() - 1, options_.threads, [&](std::size_t i) { add_one(i + 1); });
  }
  for (const Vector& vector : vectors) {
    slots_.emplace(vector.number, hnsw.label_lookup_.at(vector.number));
  }
}

void VectorIndex::remove(std::span<const Number> numbers) {
  for (const Number number : numbers) {
    const auto slot = slots_.find(number);
    if (slot == slots_.end()) continue;
    const std::size_t index = slot->second;
    slots_.erase(slot);
    if (graph_) {
      graph_->hnsw.markDelete(number);
      continue;
    }
    // The last row takes its place.
    const std::size_t last = row_numbers_.size() - 1;
    if (index != last) {
      std::copy_n(row(last), options_.dimensions, rows_.data() + index * options_.dimensions);
      row_numbers_[index] = row_numbers_[last];
      row_inverses_[index] = row_inverses_[last];
      slots_[row_numbers_[index]] = index;
    }
    row_numbers_.pop_back();
    row_inverses_.pop_back();
    rows_.resize(last * options_.dimensions);
  }
}

std::vector<Hit> VectorIndex::nearest(std::span<const std::int8_t> query, std::size_t count) const {
  HEATERS_CHECK(query.size() == options_.dimensions);
  if (!graph_ || !catalog::NearGraph::knows(count, options_.search_effort))
    return nearest_exactly(query, count);
  const std::vector<char> packed = graph_->space.packed(query.data());
  auto found = graph_->hnsw.searchKnn(packed.data(), count);
  std::vector<Hit> hits;
  hits.reserve(found.size());
  for (; !found.empty(); found.pop()) {
    hits.push_back({static_cast<Number>(found.top().second), 1 - found.top().first});
  }
  std::sort(hits.begin(), hits.end(), is_better);
  return hits;
}

// Offers the likeness of some of `count` places to the best, on several threads when there are many.
template <typename Offer>
std::vector<Hit> best_of(std::size_t places, std::size_t count, int threads, const Offer& offer) {
  constexpr std::size_t piece = 50'000;
  const std::size_t pieces = (places + piece - 1) / piece;
  BestHits best(count);
  std::mutex mutex;
  for_each_parallel(pieces, pieces > 1 ? threads : 1, [&](std::size_t part) {
    BestHits own(count);
    const std::size_t end = std::min(places, (part + 1) * piece);
    for (std::size_t i = part * piece; i < end; ++i) offer(i, own);
    const std::lock_guard lock(mutex);
    for (const Hit& hit : own.hits()) best.offer(hit);
  });
  return best.sorted();
}

std::vector<Hit> VectorIndex::nearest_exactly(std::span<const std::int8_t> query, std::size_t count) const {
  HEATERS_CHECK(query.size() == options_.dimensions);
  const float inverse = inverse_length(query.data(), query.size());
  const std::size_t places = graph_ ? graph_->hnsw.cur_element_count : row_numbers_.size();
  return best_of(places, count, options_.threads, [&](std::size_t place, BestHits& best) {
    if (graph_ && graph_->hnsw.isMarkedDeleted(static_cast<hnswlib::tableint>(place))) return;
    const Number number = graph_ ? graph_->number_at(place) : row_numbers_[place];
    best.offer({number, likeness(query, inverse, place)});
  });
}

std::vector<Hit> VectorIndex::nearest_among(std::span<const std::int8_t> query, std::size_t count,
                                            std::span<const Number> numbers) const {
  HEATERS_CHECK(query.size() == options_.dimensions);
  const float inverse = inverse_length(query.data(), query.size());
  return best_of(numbers.size(), count, options_.threads, [&](std::size_t i, BestHits& best) {
    const auto slot = slots_.find(numbers[i]);
    if (slot != slots_.end()) best.offer({numbers[i], likeness(query, inverse, slot->second)});
  });
}

float VectorIndex::likeness(std::span<const std::int8_t> query, float inverse, std::size_t place) const {
  const float own = graph_ ? graph_->inverse_at(place) : row_inverses_[place];
  return static_cast<float>(dot(query.data(), row(place), query.size())) * inverse * own;
}

std::span<const std::int8_t> VectorIndex::find(Number number) const {
  const auto slot = slots_.find(number);
  if (slot == slots_.end()) return {};
  return {row(slot->second), options_.dimensions};
}

void VectorIndex::save(const fs::path& path) const {
  HEATERS_CHECK(graph_ != nullptr);
  const fs::path part = path.string() + ".part";
  graph_->hnsw.saveIndex(part.string());
  // The library tells of no failed write: what a reader of the file would find is compared instead.
  const FileDigest digest = digest_file(part);
  std::ofstream note(path.string() + ".sum", std::ios::binary | std::ios::trunc);
  note.write(file_magic.data(), file_magic.size());
  note << digest.sha256 << ' ' << options_.dimensions << ' ' << graph_->hnsw.cur_element_count << '\n';
  note.close();
  const std::size_t expected = graph_->hnsw.cur_element_count * graph_->hnsw.size_data_per_element_;
  if (!note || digest.bytes < expected) {
    std::error_code ignored;
    fs::remove(part, ignored);
    throw Error(ErrorKind::Exhausted, fmt::format("write \"{}\"", path.string()));
  }
  fs::rename(part, path);
}

VectorIndex VectorIndex::load(const fs::path& path, const Options& options) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorKind::NotFound, fmt::format("read \"{}\": it is not there", path.string()));
  }
  const std::string note = read_text_file(path.string() + ".sum");
  const std::string expected = std::string(file_magic.data(), file_magic.size()) + digest_file(path).sha256 +
                               fmt::format(" {} ", options.dimensions);
  if (!note.starts_with(expected)) {
    throw Error(ErrorKind::Corrupt, fmt::format("read \"{}\": it is not what was written", path.string()));
  }
  VectorIndex index(options);
  try {
    index.graph_ = std::make_unique<Graph>(options, path.string());
  } catch (const std::runtime_error& error) {
    throw Error(ErrorKind::Corrupt, fmt::format("read \"{}\": {}", path.string(), error.what()));
  }
  for (const auto& [label, place] : index.graph_->hnsw.label_lookup_) {
    if (!index.graph_->hnsw.isMarkedDeleted(place)) index.slots_.emplace(static_cast<Number>(label), place);
  }
  return index;
}

std::size_t VectorIndex::bytes() const {
  // A node of the map takes about 40 bytes with the allocator's own.
  std::size_t total =
      rows_.capacity() + row_numbers_.capacity() * (sizeof(Number) + sizeof(float)) + slots_.size() * 40;
  if (graph_) {
    const auto& hnsw = graph_->hnsw;
    total += hnsw.max_elements_ *
                 (hnsw.size_data_per_element_ + sizeof(void*) + sizeof(std::mutex) + sizeof(int)) +
             hnsw.cur_element_count * 40;
  }
  return total;
}

}  // namespace heaters::search
