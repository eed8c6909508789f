#include "stages/image_look.h"

#include "stages/small_picture_reader.h"

namespace heaters::stages {

looks::Look look_of_image(const media::Frame& image) {
  SmallPictureReader pictures;
  const shots::SmallPicture& picture = pictures.read(image);
  looks::BorderFinder borders;
  borders.add(picture);
  return looks::quantised(looks::look_of(picture, borders.content(), {}));
}

}  // namespace heaters::stages
