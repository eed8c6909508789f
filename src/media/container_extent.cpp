#include "media/container_extent.h"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

namespace heaters::media {

namespace {

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}

std::string_view text(std::span<const std::byte> bytes) {
  // Reading bytes as characters is what the fourcc of a box is for.
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Reader {
 public:
  Reader(const FileDescriptor& file, std::uint64_t file_bytes, const std::filesystem::path& path)
      : file_(file), bytes_(file_bytes), path_(path) {}

  // The 16 bytes at `offset`, zeros behind the end of the file.
  std::array<std::byte, 16> at(std::uint64_t offset) const {
    std::array<std::byte, 16> header{};
    read_at(file_, header, offset, path_);
    return header;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  const FileDescriptor& file_;
  std::uint64_t bytes_;
  const std::filesystem::path& path_;
};

bool is_box_type(std::string_view type) {
  for (const std::string_view known :
       {"ftyp", "moov", "mdat", "free", "skip", "wide", "moof", "sidx", "styp", "mfra", "uuid", "meta",
        "pnot", "udta", "emsg", "prft", "ssix", "pdin"}) {
    if (type == known) return true;
  }
  return false;
}

ContainerExtent iso_extent(const Reader& reader) {
  // A hostile file could be millions of 8-byte boxes; a real one has a handful, or a few per fragment.
  constexpr int most_boxes = 100'000;
  ContainerExtent extent;
  std::uint64_t offset = 0;
  for (int box = 0; box < most_boxes && offset + 8 <= reader.bytes(); ++box) {
    const auto header = reader.at(offset);
    const auto type = text(std::span(header).subspan(4, 4));
    // Trailing bytes that are no box are padding that players ignore too.
    if (!is_box_type(type)) return extent;
    if (type == "moof") extent.is_fragmented = true;
    std::uint64_t size = big_endian(std::span(header).first(4));
    if (size == 1) size = big_endian(std::span(header).subspan(8, 8));
    if (size == 0) return extent;  // "to the end of the file"
    if (size < 8 || size > UINT64_MAX - offset) return extent;
    offset += size;
    extent.declared_bytes = offset;
  }
  return extent;
}

// An EBML variable-length size at the start of `bytes`: its value and its length, length 0 when it is
// malformed.
struct EbmlSize {
  std::uint64_t value = 0;
  unsigned length = 0;
  bool is_unknown = false;
};

EbmlSize ebml_size(std::span<const std::byte> bytes) {
  const auto first = std::to_integer<std::uint8_t>(bytes[0]);
  if (first == 0) return {};
  const auto length = static_cast<unsigned>(std::countl_zero(first)) + 1;
  const std::uint64_t mask = (std::uint64_t{1} << (7 * length)) - 1;
  const std::uint64_t value = big_endian(bytes.first(length)) & mask;
  return {value, length, value == mask};
}

ContainerExtent matroska_extent(const Reader& reader) {
  const auto ebml = reader.at(0);
  const EbmlSize ebml_length = ebml_size(std::span(ebml).subspan(4));
  if (ebml_length.length == 0 || ebml_length.is_unknown || ebml_length.value > reader.bytes()) return {};
  const std::uint64_t segment_offset = 4 + ebml_length.length + ebml_length.value;
  const auto segment = reader.at(segment_offset);
  if (big_endian(std::span(segment).first(4)) != 0x18538067) return {};
  const EbmlSize size = ebml_size(std::span(segment).subspan(4));
  if (size.length == 0 || size.is_unknown) return {};
  return {segment_offset + 4 + size.length + size.value, false};
}

}  // namespace

ContainerExtent read_container_extent(const FileDescriptor& file, std::uint64_t file_bytes,
                                      const std::filesystem::path& path) {
  const Reader reader(file, file_bytes, path);
  const auto header = reader.at(0);
  if (big_endian(std::span(header).first(4)) == 0x1A45DFA3) return matroska_extent(reader);
  if (text(std::span(header).first(4)) == "RIFF") {
    std::uint32_t size = 0;
    std::memcpy(&size, header.data() + 4, sizeof size);
    // Recorders that stream write all ones for "not known yet".
    if (size == UINT32_MAX) return {};
    return {std::uint64_t{size} + 8, false};
  }
  if (is_box_type(text(std::span(header).subspan(4, 4)))) return iso_extent(reader);
  return {};
}

}  // namespace heaters::media
