#include "storage/storage_class.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace heaters::storage {

namespace {

constexpr std::array storage_classes = {
    StorageClass{"STANDARD", 0, false, 0, ""},
    StorageClass{"INTELLIGENT_TIERING", 0, false, 0, ""},
    StorageClass{"STANDARD_IA", 30, false, 0.01, ""},
    StorageClass{"ONEZONE_IA", 30, false, 0.01, ""},
    StorageClass{"GLACIER_IR", 90, false, 0.03, ""},
    StorageClass{"GLACIER", 90, true, 0.01, "3 to 5 hours"},
    StorageClass{"DEEP_ARCHIVE", 180, true, 0.02, "12 hours"},
};

}  // namespace

const StorageClass* find_storage_class(std::string_view name) {
  const auto* const found = std::find_if(storage_classes.begin(), storage_classes.end(),
                                         [&](const StorageClass& each) { return each.name == name; });
  return found != storage_classes.end() ? found : nullptr;
}

std::string storage_class_names() {
  std::string names;
  for (const StorageClass& each : storage_classes) {
    names += names.empty() ? "" : ", ";
    names += each.name;
  }
  return names;
}

std::string storage_class_warning(const StorageClass& storage_class, double bytes) {
  if (storage_class.minimum_days == 0) return {};
  std::string text =
      fmt::format("{}: paid for at least {} days; reading it costs about ${:.2f}", storage_class.name,
                  storage_class.minimum_days, bytes / 1e9 * storage_class.read_per_gb);
  if (storage_class.is_archive) {
    text += fmt::format(" and takes {}, after it was asked for (heaters master --restore)",
                        storage_class.read_time);
  }
  return text;
}

}  // namespace heaters::storage
