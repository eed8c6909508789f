#include "catalog/like_pattern.h"

#include "base/ascii.h"

namespace heaters::catalog {

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : lower_case(text)) {
    if (c == '%' || c == '_' || c == '!') pattern += '!';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace heaters::catalog
