#pragma once

#include <cstddef>
#include <cstdint>

namespace heaters::search {

// The dot product of two vectors of signed bytes. With AVX2 where the processor has it; both versions compute
// with integers and give the same bits. `count` up to 65,536.
std::int32_t dot(const std::int8_t* a, const std::int8_t* b, std::size_t count);

// The version without special instructions, for tests.
std::int32_t dot_portable(const std::int8_t* a, const std::int8_t* b, std::size_t count);

}  // namespace heaters::search
