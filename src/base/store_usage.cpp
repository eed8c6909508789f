#include "base/store_usage.h"

namespace heaters {

StoreUsage& StoreUsage::operator+=(const StoreUsage& other) {
  put_requests += other.put_requests;
  get_requests += other.get_requests;
  head_requests += other.head_requests;
  list_requests += other.list_requests;
  delete_requests += other.delete_requests;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  return *this;
}

StoreUsage StoreUsage::since(const StoreUsage& earlier) const {
  return {put_requests - earlier.put_requests,       get_requests - earlier.get_requests,
          head_requests - earlier.head_requests,     list_requests - earlier.list_requests,
          delete_requests - earlier.delete_requests, bytes_sent - earlier.bytes_sent,
          bytes_received - earlier.bytes_received};
}

}  // namespace heaters
