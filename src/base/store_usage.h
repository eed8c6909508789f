#pragma once

#include <cstdint>

namespace heaters {

// What a store was asked for and what moved over the wire, failed attempts included. Stores that cost nothing
// to ask count nothing.
struct StoreUsage {
  std::int64_t put_requests = 0;  // PUT and POST: S3 prices them alike
  std::int64_t get_requests = 0;
  std::int64_t head_requests = 0;
  std::int64_t list_requests = 0;
  std::int64_t delete_requests = 0;
  std::int64_t bytes_sent = 0;
  std::int64_t bytes_received = 0;

  StoreUsage& operator+=(const StoreUsage& other);
  // What came on top of an earlier count.
  StoreUsage since(const StoreUsage& earlier) const;
};

}  // namespace heaters
