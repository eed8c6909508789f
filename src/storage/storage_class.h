#pragma once

#include <string>
#include <string_view>

namespace heaters::storage {

// What S3 asks for an object of a storage class, besides its price a month (AWS's list, us-east-1, 2026).
struct StorageClass {
  std::string_view name;
  int minimum_days = 0;        // paid for at least so long
  bool is_archive = false;     // must be restored before it can be read
  double read_per_gb = 0;      // USD, on top of the request
  std::string_view read_time;  // of a restore at the standard tier
};

// nullptr for what is none that we know.
const StorageClass* find_storage_class(std::string_view name);

// The names, for messages.
std::string storage_class_names();

// What somebody should know before an object of so many bytes is put into it; empty: nothing.
std::string storage_class_warning(const StorageClass& storage_class, double bytes);

}  // namespace heaters::storage
