#include "catalog/prices.h"

namespace heaters::catalog {

Money price(const Usage& usage, const std::map<std::string, std::int64_t>& bytes_stored,
            const Prices& prices) {
  constexpr double gb = 1e9;
  const auto number = [](std::int64_t count) { return static_cast<double>(count); };
  Money money;
  // S3 asks nothing for DELETE.
  money.requests = (number(usage.store.put_requests) * prices.put_per_1000 +
                    number(usage.store.get_requests + usage.store.head_requests) * prices.get_per_1000 +
                    number(usage.store.list_requests) * prices.list_per_1000) /
                   1000;
  money.received = number(usage.store.bytes_received) / gb * prices.received_per_gb;
  money.cpu = usage.cpu_seconds / 3600 * prices.cpu_per_hour;
  for (const auto& [storage_class, bytes] : bytes_stored) {
    const auto known = prices.gb_month.find(storage_class);
    money.stored_per_month +=
        number(bytes) / gb *
        (known == prices.gb_month.end() ? prices.gb_month.at("STANDARD") : known->second);
  }
  return money;
}

}  // namespace heaters::catalog
