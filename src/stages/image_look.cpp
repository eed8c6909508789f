#include "stages/image_look.h"

#include "media/image_file.h"
#include "media/yuv_reader.h"
#include "shots/small_picture.h"

namespace heaters::stages {

looks::Look look_of_image(const std::filesystem::path& path) {
  const media::Frame frame = media::read_image(path);
  media::YuvReader reader;
  shots::Shrinker shrinker;
  shots::SmallPicture picture;
  shrinker.shrink(reader.read(frame), picture);
  looks::BorderFinder borders;
  borders.add(picture);
  return looks::quantised(looks::look_of(picture, borders.content(), {}));
}

}  // namespace heaters::stages
