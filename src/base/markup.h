#pragma once

#include <string>
#include <string_view>

namespace heaters {

// Text that stands for itself in HTML, in attributes too, and in WebVTT.
std::string escaped_markup(std::string_view text);

}  // namespace heaters
