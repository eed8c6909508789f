#include "media/filmstrip.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/file.h"
#include "media/av.h"
#include "media/image_encoder.h"
#include "media/still_maker.h"

namespace heaters::media {

namespace {

constexpr int columns = 10;
constexpr int rows = 10;
constexpr int sheet_quality = 5;

// A grey sheet, so that unused tiles are plain.
UniqueFrame blank_sheet(PictureSize tile) {
  UniqueFrame sheet = make_frame();
  sheet->format = AV_PIX_FMT_YUVJ420P;
  sheet->color_range = AVCOL_RANGE_JPEG;
  sheet->width = tile.width * columns;
  sheet->height = tile.height * rows;
  check_av(av_frame_get_buffer(sheet.get(), 0), "allocate a filmstrip sheet");
  for (int plane = 0; plane < 3; ++plane) {
    const int height = plane == 0 ? sheet->height : sheet->height / 2;
    std::fill_n(sheet->data[plane], sheet->linesize[plane] * height, std::uint8_t{128});
  }
  return sheet;
}

}  // namespace

// The sheet being filled.
class FilmstripSink::Sheet {
 public:
  explicit Sheet(StillMaker stills) : stills_(std::move(stills)) {}

  int tiles() const { return tiles_; }
  bool is_full() const { return tiles_ == columns * rows; }
  PictureSize tile() const { return stills_.size(); }
  int next_x() const { return tiles_ % columns * tile().width; }
  int next_y() const { return tiles_ / columns * tile().height; }

  void place(const Frame& frame) {
    if (!sheet_) sheet_ = blank_sheet(tile());
    const AVFrame& still = stills_.make(frame);
    for (int plane = 0; plane < 3; ++plane) {
      const int shift = plane == 0 ? 0 : 1;
      std::uint8_t* target = sheet_->data[plane] +
                             std::ptrdiff_t{next_y() >> shift} * sheet_->linesize[plane] +
                             (next_x() >> shift);
      av_image_copy_plane(target, sheet_->linesize[plane], still.data[plane], still.linesize[plane],
                          tile().width >> shift, tile().height >> shift);
    }
    ++tiles_;
  }

  // The filled part as a JPEG; the sheet is empty again after.
  std::vector<std::byte> take() {
    const int used_rows = (tiles_ + columns - 1) / columns;
    sheet_->height = used_rows * tile().height;
    sheet_->width = std::min(tiles_, columns) * tile().width;
    auto jpeg = encode_image(*sheet_, ImageFormat::Jpeg, sheet_quality);
    sheet_.reset();
    tiles_ = 0;
    return jpeg;
  }

 private:
  StillMaker stills_;
  UniqueFrame sheet_;
  int tiles_ = 0;
};

FilmstripSink::FilmstripSink(const MediaInfo& info, const FilmstripOptions& options,
                             std::filesystem::path directory)
    : time_base_(info.video.time_base),
      interval_(std::max(options.seconds_per_tile, info.duration_seconds / options.tiles_max)),
      tiles_max_(options.tiles_max),
      directory_(std::move(directory)),
      sheet_(std::make_unique<Sheet>(StillMaker(info.video, fit_box(info.video, options.tile_box)))) {
  filmstrip_.tile = sheet_->tile();
}

FilmstripSink::~FilmstripSink() = default;

void FilmstripSink::consume(const Frame& frame) {
  if (!first_pts_) first_pts_ = frame.pts();
  const double seconds = to_seconds(frame.pts() - *first_pts_, time_base_);
  // Half a tick early is on time: intervals are not multiples of the time base.
  if (seconds + to_seconds(1, time_base_) / 2 < next_seconds_) return;
  // The header's duration may have been too small, or absent.
  if (static_cast<int>(filmstrip_.tiles.size()) % tiles_max_ == tiles_max_ - 1) interval_ *= 2;
  // On a fixed grid, so that lateness does not add up; a gap in the video skips grid points.
  next_seconds_ = std::max(next_seconds_ + interval_, seconds + interval_ / 2);
  filmstrip_.tiles.push_back({frame.number(), seconds, static_cast<int>(filmstrip_.sheets.size()),
                              sheet_->next_x(), sheet_->next_y()});
  sheet_->place(frame);
  if (sheet_->is_full()) write_sheet();
}

void FilmstripSink::write_sheet() {
  const auto path = directory_ / fmt::format("filmstrip-{}.jpg", filmstrip_.sheets.size());
  write_file(path, sheet_->take());
  filmstrip_.sheets.push_back(path);
}

void FilmstripSink::finish() {
  if (sheet_->tiles() > 0) write_sheet();
}

}  // namespace heaters::media
