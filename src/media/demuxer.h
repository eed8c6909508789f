#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "base/file.h"
#include "media/media_info.h"

struct AVDictionary;
struct AVPacket;
struct AVStream;

namespace heaters::media {

// The largest picture we decode: 8K UHD and DCI with room. A header can claim 2^31 pixels for free, and every
// one of them would be allocated several times.
inline constexpr std::int64_t max_pixels = 36'000'000;

// Whether the first bytes of something (64 KiB tell enough) are those of a container that Demuxer opens.
bool looks_like_video(std::span<const std::byte> first);

// Reads the packets of the chosen video stream and, if there is one, the chosen audio stream of a local file,
// in file order. Hostile content is expected: only the containers in an allow list are opened, playlists are
// refused by name and nothing but the one file is ever read.
//
// Throws Error: InvalidInput (empty, no video stream), Unsupported (container, codec, size), Corrupt (no
// known container, cut short), Cancelled. Not thread-safe.
class Demuxer {
 public:
  explicit Demuxer(const std::filesystem::path& path, std::stop_token stop = {});
  // Of what comes through a pipe, called `name` in messages; an MP4 whose index stands at the end is
  // Unsupported then. The descriptor is read to its end, or to where a stop is requested.
  Demuxer(FileDescriptor stream, std::string name, std::stop_token stop);
  ~Demuxer();

  const MediaInfo& info() const;

  // The next packet of a chosen stream, valid until the next call; nullptr at the end of the file.
  const AVPacket* next();

  // Whether next() ended at bytes that make no sense rather than at the end of the file.
  bool ended_at_damage() const;

  // Goes on at a keyframe of the video stream whose time is at most `pts`, in its ticks. Containers that
  // cannot be trusted with it (streams whose clock may jump, files without an index) stay where they are:
  // then false.
  bool seek(std::int64_t pts);

  const AVDictionary* metadata() const;  // of the file; nullptr: none
  const AVStream& video_stream() const;
  const AVStream* audio_stream() const;  // nullptr: no audio

  const std::filesystem::path& path() const;

 private:
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace heaters::media
