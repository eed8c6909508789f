#pragma once

#include <cstdint>
#include <filesystem>

#include "base/file.h"

namespace heaters::media {

// What the outermost structure of a container says about its own size, so that a file that was cut short is
// told from a whole one before anything is decoded.
//
// Read: ISO BMFF top-level boxes (ISO/IEC 14496-12 section 4.2), the EBML header and Segment of Matroska (RFC
// 8794, RFC 9559), the RIFF chunk of AVI. Other containers (MPEG-TS, FLV, elementary streams) do not say.
struct ContainerExtent {
  std::uint64_t declared_bytes = 0;  // 0: the container does not say
  bool is_fragmented = false;        // a `moof` box stands at the top level
};

ContainerExtent read_container_extent(const FileDescriptor& file, std::uint64_t file_bytes,
                                      const std::filesystem::path& path);

}  // namespace heaters::media
