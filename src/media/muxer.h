#pragma once

#include <filesystem>

#include "media/av.h"

namespace heaters::media {

// Writes an MP4 file (or a QuickTime one) with its index in front, or a Matroska file. Streams are added
// first; the header is written with the first packet. finish() makes the file whole; an object that dies
// before that removes it. Encoded bytes are deterministic for the same packets. Not thread-safe. Throws Error
// naming the file: Exhausted on a full disk.
class Muxer {
 public:
  enum class Container { Mp4, QuickTime, Matroska };
  explicit Muxer(std::filesystem::path path, Container container = Container::Mp4);
  ~Muxer();
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;

  // All return the index of the new stream. Timestamps of its packets are in the time base given.
  int add_encoded_stream(const AVCodecContext& encoder);
  int add_copied_stream(const AVStream& source);
  // A stream that takes the place of the source's: with its rotation, its HDR metadata, its language and its
  // dispositions, but other parameters.
  int add_stream_like(const AVStream& source, const AVCodecParameters& parameters);
  // The same for pictures that were turned upright and to standard range.
  int add_upright_stream(const AVStream& source, const AVCodecParameters& parameters);

  // Titles, dates and the like of a whole file.
  void set_metadata(const AVDictionary* metadata);
  // Of the first frame, in place of what metadata says; empty: none. Call when all streams are there.
  void set_timecode(const std::string& timecode);

  // Added to every timestamp, in seconds: see timestamp_shift() of proxy_ladder.h.
  void set_timestamp_shift(double seconds) { shift_seconds_ = seconds; }

  // Takes the packet's data and leaves it empty.
  void write(AVPacket& packet, int stream, Rational time_base);

  // Gives a frame to the encoder of a stream (nullptr: no more come) and writes the packets that come out.
  void encode(AVCodecContext& encoder, const AVFrame* frame, int stream);

  void finish();

 private:
  void write_header();
  int add_stream();
  int movie_timescale() const;
  // libav reports the first failed write of a file in its IO context and something vaguer from the muxer.
  void check_write(int code) const;

  std::filesystem::path path_;
  UniqueOutputContext context_;
  double shift_seconds_ = 0;
  UniquePacket packet_ = make_packet();
  bool has_header_ = false;
  bool is_finished_ = false;
};

}  // namespace heaters::media
