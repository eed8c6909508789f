#include "media/frame_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/error.h"
#include "base/varint.h"

namespace heaters::media {

namespace {
constexpr std::array<std::byte, 4> table_magic = {std::byte{'H'}, std::byte{'F'}, std::byte{'T'},
                                                  std::byte{1}};
}

void FrameTable::append(const Row& row) {
  HEATERS_CHECK(rows_.empty() || row.pts > rows_.back().pts);
  rows_.push_back(row);
}

std::optional<FrameNumber> FrameTable::find(std::int64_t pts) const {
  const auto row = std::lower_bound(rows_.begin(), rows_.end(), pts,
                                    [](const Row& each, std::int64_t wanted) { return each.pts < wanted; });
  if (row == rows_.end() || row->pts != pts) return std::nullopt;
  return row - rows_.begin();
}

std::int64_t FrameTable::ticks(FrameNumber frame) const {
  HEATERS_CHECK(0 <= frame && frame < size());
  if (size() < 2) return 0;
  const FrameNumber next = std::min(frame + 1, size() - 1);
  return (*this)[next].pts - (*this)[next - 1].pts;
}

double FrameTable::seconds(FrameNumber frame) const {
  HEATERS_CHECK(0 <= frame && frame <= size());
  if (rows_.empty()) return 0;
  const std::int64_t first = rows_.front().pts;
  if (frame < size()) return to_seconds((*this)[frame].pts - first, time_base_);
  return to_seconds(rows_.back().pts + ticks(size() - 1) - first, time_base_);
}

bool FrameTable::is_variable_rate() const {
  if (rows_.size() < 3) return false;
  // A constant rate lands every frame within one tick of its exact place on the line from the first to the
  // last, as long as the container rounds (Matroska: to milliseconds).
  const auto first = static_cast<double>(rows_.front().pts);
  const double step = (static_cast<double>(rows_.back().pts) - first) / static_cast<double>(rows_.size() - 1);
  const double tolerance = std::max(1.5, step * 0.01);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const double expected = first + step * static_cast<double>(i);
    if (std::abs(static_cast<double>(rows_[i].pts) - expected) > tolerance) return true;
  }
  return false;
}

Rational FrameTable::mean_rate() const {
  if (rows_.size() < 2) return {0, 1};
  const std::int64_t ticks = rows_.back().pts - rows_.front().pts;
  // A file whose two frames lie centuries apart has no rate worth a name.
  if (ticks > (std::int64_t{1} << 40) || time_base_.num > (1 << 20)) return {0, 1};
  const std::int64_t num = (size() - 1) * time_base_.den;
  const std::int64_t den = ticks * time_base_.num;
  const std::int64_t divisor = std::gcd(num, den);
  return {num / divisor, den / divisor};
}

std::vector<std::byte> FrameTable::encode() const {
  VarintWriter writer;
  writer.put_bytes(table_magic);
  writer.put_unsigned(static_cast<std::uint64_t>(time_base_.num));
  writer.put_unsigned(static_cast<std::uint64_t>(time_base_.den));
  writer.put_unsigned(rows_.size());
  std::int64_t pts = 0;
  std::int64_t step = 0;
  std::int64_t expected_offset = 0;
  for (const Row& row : rows_) {
    // Wrapping arithmetic: hostile timestamps may span the whole range of the type.
    const auto new_step =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(row.pts) - static_cast<std::uint64_t>(pts));
    writer.put_signed(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(new_step) - static_cast<std::uint64_t>(step)));
    writer.put_unsigned(std::uint64_t{row.bytes} << 1 | (row.is_keyframe ? 1 : 0));
    writer.put_signed(row.offset - expected_offset);
    pts = row.pts;
    step = new_step;
    expected_offset = row.offset + row.bytes;
  }
  return writer.take();
}

FrameTable FrameTable::decode(std::span<const std::byte> bytes) {
  VarintReader reader(bytes, "frame table");
  reader.expect(table_magic);
  const auto num = static_cast<std::int64_t>(reader.get_unsigned());
  const auto den = static_cast<std::int64_t>(reader.get_unsigned());
  if (num <= 0 || den <= 0) reader.fail("has no time base");
  const std::uint64_t count = reader.get_unsigned();
  // Every row takes three bytes at least: a count that cannot be true must not allocate.
  if (count > reader.remaining() / 3) reader.fail("is shorter than it says");
  FrameTable table({num, den});
  table.rows_.reserve(count);
  std::uint64_t pts = 0;
  std::uint64_t step = 0;
  std::uint64_t expected_offset = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    step += static_cast<std::uint64_t>(reader.get_signed());
    pts += step;
    const std::uint64_t size_and_flag = reader.get_unsigned();
    Row row;
    row.pts = static_cast<std::int64_t>(pts);
    row.bytes = static_cast<std::uint32_t>(size_and_flag >> 1);
    row.is_keyframe = (size_and_flag & 1) != 0;
    row.offset = static_cast<std::int64_t>(expected_offset + static_cast<std::uint64_t>(reader.get_signed()));
    expected_offset = static_cast<std::uint64_t>(row.offset) + row.bytes;
    if (!table.rows_.empty() && row.pts <= table.rows_.back().pts)
      reader.fail("has times that do not increase");
    table.rows_.push_back(row);
  }
  if (!reader.at_end()) reader.fail("is longer than it says");
  return table;
}

void require_span(const FrameTable& table, FrameSpan span, const std::string& attempt) {
  if (span.begin >= 0 && span.begin < span.end && span.end <= table.size()) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: frames {} to {}, and it has frames 0 to {}", attempt,
                                                   span.begin, span.end - 1, table.size() - 1));
}

void FrameTableSink::consume(const Frame& frame) {
  table_.append({frame.pts(), frame.packet_offset(),
                 static_cast<std::uint32_t>(std::clamp<std::int64_t>(frame.packet_bytes(), 0, UINT32_MAX)),
                 frame.is_keyframe()});
}

}  // namespace heaters::media
