#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "catalog/cost_ledger.h"

namespace heaters::catalog {

// Of the usual list price of S3 in us-east-1 and a small cloud machine.
struct Prices {
  std::string currency = "USD";
  double put_per_1000 = 0.005;
  double get_per_1000 = 0.0004;
  double list_per_1000 = 0.005;
  double received_per_gb = 0.09;  // what leaves the store
  double cpu_per_hour = 0.02;
  // A month of a GB (10^9 bytes), by storage class; a class without a price costs as STANDARD.
  std::map<std::string, double> gb_month = {
      {"STANDARD", 0.023},   {"STANDARD_IA", 0.0125}, {"INTELLIGENT_TIERING", 0.023}, {"ONEZONE_IA", 0.01},
      {"GLACIER_IR", 0.004}, {"GLACIER", 0.0036},     {"DEEP_ARCHIVE", 0.00099}};
};

// In the prices' currency.
struct Money {
  double requests = 0;
  double received = 0;
  double cpu = 0;
  double stored_per_month = 0;

  double once() const { return requests + received + cpu; }
};

Money price(const Usage& usage, const std::map<std::string, std::int64_t>& bytes_stored,
            const Prices& prices);

}  // namespace heaters::catalog
