#include "base/cpu_share.h"

#include "base/process_usage.h"

namespace heaters {

void CpuAccount::settle() {
  const double now = process_usage().cpu_seconds;
  for (double& share : shares_) share += (now - settled_) / static_cast<double>(shares_.size());
  settled_ = now;
}

CpuAccount::Share::Share(CpuAccount& account) : account_(account) {
  const std::lock_guard lock(account_.mutex_);
  account_.settle();
  seconds_ = account_.shares_.insert(account_.shares_.end(), 0.0);
}

CpuAccount::Share::~Share() {
  const std::lock_guard lock(account_.mutex_);
  account_.settle();
  account_.shares_.erase(seconds_);
}

double CpuAccount::Share::cpu_seconds() const {
  const std::lock_guard lock(account_.mutex_);
  account_.settle();
  return *seconds_;
}

}  // namespace heaters
