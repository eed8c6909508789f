#include "looks/look_track.h"

#include <algorithm>

#include "base/varint.h"

namespace heaters::looks {

namespace {
constexpr std::array magic = {std::byte{'H'}, std::byte{'L'}, std::byte{'K'}, std::byte{1}};
}

Look LookTrack::look_of(FrameSpan span) const {
  const auto by_frame = [](const Sample& sample, FrameNumber frame) { return sample.frame < frame; };
  const auto first = std::lower_bound(samples.begin(), samples.end(), span.begin, by_frame);
  const auto last = std::lower_bound(first, samples.end(), span.end, by_frame);
  std::vector<LookVector> found;
  for (auto each = first; each != last; ++each) found.push_back(widened(each->look));
  if (found.empty() && first != samples.begin()) found.push_back(widened(std::prev(first)->look));
  if (found.empty() && !samples.empty()) found.push_back(widened(samples.front().look));
  return mean_look(found);
}

std::vector<std::byte> LookTrack::encode() const {
  VarintWriter writer;
  writer.put_bytes(magic);
  writer.put_unsigned(look_dimensions);
  writer.put_unsigned(samples.size());
  FrameNumber before = 0;
  for (const Sample& sample : samples) {
    writer.put_unsigned(static_cast<std::uint64_t>(sample.frame - before));
    writer.put_bytes(std::as_bytes(std::span(sample.look)));
    before = sample.frame;
  }
  return writer.take();
}

LookTrack LookTrack::decode(std::span<const std::byte> bytes) {
  VarintReader reader(bytes, "looks");
  reader.expect(magic);
  if (reader.get_unsigned() != look_dimensions) reader.fail("have another number of dimensions");
  const std::uint64_t count = reader.get_unsigned();
  if (count > reader.remaining() / (look_dimensions + 1)) reader.fail("are shorter than they say");
  LookTrack track;
  track.samples.reserve(count);
  FrameNumber frame = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t step = reader.get_unsigned();
    constexpr std::uint64_t most_frames = std::uint64_t{1} << 40;
    if (step > most_frames || (i > 0 && step == 0)) reader.fail("are out of order");
    frame += static_cast<FrameNumber>(step);
    Sample sample{.frame = frame};
    const auto raw = reader.get_bytes(look_dimensions);
    std::transform(raw.begin(), raw.end(), sample.look.begin(), [](std::byte each) {
      return static_cast<std::int8_t>(std::to_integer<std::uint8_t>(each));
    });
    track.samples.push_back(sample);
  }
  if (!reader.at_end()) reader.fail("are longer than they say");
  return track;
}

}  // namespace heaters::looks
