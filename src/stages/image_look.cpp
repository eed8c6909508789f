#include "stages/image_look.h"

#include "media/yuv_reader.h"
#include "shots/small_picture.h"

namespace heaters::stages {

looks::Look look_of_image(const media::Frame& image) {
  media::YuvReader reader;
  shots::Shrinker shrinker;
  shots::SmallPicture picture;
  shrinker.shrink(reader.read(image), picture);
  looks::BorderFinder borders;
  borders.add(picture);
  return looks::quantised(looks::look_of(picture, borders.content(), {}));
}

}  // namespace heaters::stages
