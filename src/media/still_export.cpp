#include "media/still_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/file.h"
#include "media/av.h"
#include "media/demuxer.h"
#include "media/picture_geometry.h"
#include "media/rgb_maker.h"
#include "media/span_reader.h"
#include "media/still_maker.h"
#include "media/yuv_reader.h"

namespace heaters::media {

namespace {

constexpr int best_jpeg = 2;  // libav's scale

// The frames that a strategy looks at, in order.
std::vector<FrameNumber> candidates(FrameSpan span, StillStrategy strategy) {
  const int parts = strategy == StillStrategy::Midpoint ? 2 : strategy == StillStrategy::Thirds ? 4 : 10;
  std::vector<FrameNumber> frames;
  for (int i = 1; i < parts; ++i) {
    const FrameNumber frame = span.begin + span.length() * i / parts;
    if (frames.empty() || frames.back() != frame) frames.push_back(frame);
  }
  return frames;
}

// The mean square of what a Laplacian leaves of luma: blur leaves nothing.
double sharpness(const YuvPicture& picture) {
  const heaters::Plane& y = picture.y;
  const int bytes = picture.bit_depth > 8 ? 2 : 1;
  const auto at = [&](int row, int column) {
    const std::uint8_t* sample = y.data + std::ptrdiff_t{row} * y.stride + std::ptrdiff_t{column} * bytes;
    return bytes == 1 ? int{sample[0]} : (sample[0] | sample[1] << 8) >> (picture.bit_depth - 8);
  };
  double sum = 0;
  std::int64_t count = 0;
  for (int row = 1; row + 1 < y.height; row += 2) {
    for (int column = 1; column + 1 < y.width; column += 2) {
      const int edge = 4 * at(row, column) - at(row - 1, column) - at(row + 1, column) - at(row, column - 1) -
                       at(row, column + 1);
      sum += static_cast<double>(edge) * edge;
      ++count;
    }
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

// Hands on the frames that a strategy chooses.
class StillChooser : public SpanListener {
 public:
  StillChooser(std::size_t spans, StillStrategy strategy) : strategy_(strategy), best_(spans) {}

  void on_frame(std::size_t span, const Frame& frame) override {
    if (strategy_ != StillStrategy::Sharpest) return take(span, frame);
    const double detail = sharpness(reader_.read(frame));
    if (best_[span].frame && detail <= best_[span].detail) return;
    best_[span].frame = std::make_unique<Frame>(frame.share());
    best_[span].detail = detail;
  }
  void on_end(std::size_t span) override {
    if (best_[span].frame) take(span, *best_[span].frame);
    best_[span].frame.reset();
  }

 protected:
  virtual void take(std::size_t span, const Frame& frame) = 0;

 private:
  struct Best {
    std::unique_ptr<Frame> frame;
    double detail = 0;
  };

  StillStrategy strategy_;
  YuvReader reader_;
  std::vector<Best> best_;
};

// What an encoder of images takes, made of the picture that JPEG's takes.
std::string chain_to(ImageFormat format) {
  switch (format) {
    case ImageFormat::Jpeg:
      return "";
    case ImageFormat::Png:
      return std::string(",") + StillMaker::to_rgb;
    case ImageFormat::WebP:
      return ",scale=in_range=full:out_range=limited:in_color_matrix=bt601:out_color_matrix=bt601,format="
             "yuv420p";
  }
  return "";
}

StillMaker maker_for(const VideoStreamInfo& video, const StillOptions& options) {
  return {video, options.most_side > 0 ? fit_box(video, options.most_side) : display_size(video),
          chain_to(options.format)};
}

class StillWriter : public StillChooser {
 public:
  StillWriter(const Demuxer& source, const std::vector<FrameSpan>& spans, const StillOptions& options,
              const std::filesystem::path& directory, ProgressThrottle& progress)
      : StillChooser(spans.size(), options.strategy),
        maker_(maker_for(source.info().video, options)),
        spans_(spans),
        options_(options),
        directory_(directory),
        progress_(progress) {}

  std::vector<Still> stills() {
    std::sort(stills_.begin(), stills_.end(), [](const Still& a, const Still& b) {
      return a.span != b.span ? a.span < b.span : a.frame < b.frame;
    });
    return std::move(stills_);
  }

 protected:
  void take(std::size_t span, const Frame& frame) override {
    const AVFrame& picture = maker_.make(frame);
    Still still{.span = span,
                .frame = frame.number(),
                .path = directory_ / fmt::format("{}-{}-{}{}", spans_[span].begin, spans_[span].end,
                                                 frame.number(), extension_of(options_.format))};
    write_file(still.path, encode_image(picture, options_.format, best_jpeg));
    stills_.push_back(std::move(still));
    progress_.update(static_cast<std::int64_t>(stills_.size()));
  }

 private:
  StillMaker maker_;
  const std::vector<FrameSpan>& spans_;
  const StillOptions& options_;
  const std::filesystem::path& directory_;
  ProgressThrottle& progress_;
  std::vector<Still> stills_;
};

class RgbReader : public StillChooser {
 public:
  RgbReader(const Demuxer& source, std::size_t spans, StillStrategy strategy, PictureSize size,
            RgbStillListener& listener)
      : StillChooser(spans, strategy), maker_(source.info().video, size), listener_(listener) {
    listener_.on_begin();
  }

 protected:
  void take(std::size_t span, const Frame& frame) override { listener_.on_still(span, maker_.make(frame)); }

 private:
  RgbMaker maker_;
  RgbStillListener& listener_;
};

std::vector<SpanRequest> requests_of(const std::filesystem::path& source, const FrameTable& table,
                                     const std::vector<FrameSpan>& spans, StillStrategy strategy) {
  std::vector<SpanRequest> requests;
  requests.reserve(spans.size());
  for (const FrameSpan& span : spans) {
    require_span(table, span, fmt::format("make stills of \"{}\"", source.string()));
    SpanRequest request{.decoded = {}, .heard = span};
    for (const FrameNumber frame : candidates(span, strategy)) request.decoded.push_back({frame, frame + 1});
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace

std::optional<StillStrategy> parse_still_strategy(std::string_view text) {
  if (text == "midpoint") return StillStrategy::Midpoint;
  if (text == "thirds") return StillStrategy::Thirds;
  if (text == "sharpest") return StillStrategy::Sharpest;
  return std::nullopt;
}

std::string_view to_string(StillStrategy strategy) {
  switch (strategy) {
    case StillStrategy::Midpoint:
      return "midpoint";
    case StillStrategy::Thirds:
      return "thirds";
    case StillStrategy::Sharpest:
      return "sharpest";
  }
  return "";
}

std::vector<Still> export_stills(const std::filesystem::path& source, const FrameTable& table,
                                 const std::vector<FrameSpan>& spans, const StillOptions& options,
                                 const std::filesystem::path& directory, const std::stop_token& stop,
                                 const ProgressListener& on_progress) {
  const auto requests = requests_of(source, table, spans, options.strategy);
  std::int64_t expected = 0;
  for (const SpanRequest& request : requests) {
    expected +=
        options.strategy == StillStrategy::Sharpest ? 1 : static_cast<std::int64_t>(request.decoded.size());
  }
  ProgressThrottle progress("stills", "pictures", expected, on_progress);
  const auto order = DecodeOrder::from_offsets(table);
  return read_or_count(source, table, order, requests, stop, [&](const Demuxer& demuxer, const auto& read) {
    StillWriter writer(demuxer, spans, options, directory, progress);
    read(writer);
    return writer.stills();
  });
}

void read_stills(const std::filesystem::path& source, const FrameTable& table,
                 const std::vector<FrameSpan>& spans, StillStrategy strategy, PictureSize size,
                 RgbStillListener& listener, const std::stop_token& stop) {
  const auto requests = requests_of(source, table, spans, strategy);
  read_or_count(source, table, DecodeOrder::from_offsets(table), requests, stop,
                [&](const Demuxer& demuxer, const auto& read) {
                  RgbReader reader(demuxer, spans.size(), strategy, size, listener);
                  read(reader);
                  return 0;
                });
}

}  // namespace heaters::media
