#pragma once

#include <cstdint>
#include <string>

struct AVFrame;

namespace heaters::media {

// How near a picture is to another of the same format and size.
struct PictureQuality {
  double psnr = 0;  // of the luma, in dB; 100 for equal pictures
  double ssim =
      0;  // of the luma, mean over blocks of 8x8 (Wang et al., "Image quality assessment", 2004); 1: equal
};

// Whether two frames have the same format (but for the range that libav hides in it) and size.
bool is_same_format(const AVFrame& a, const AVFrame& b);
// Whether every sample of every plane is the same.
bool is_same_picture(const AVFrame& a, const AVFrame& b);
PictureQuality compare_pictures(const AVFrame& a, const AVFrame& b);

// A digest of pictures in a row (MurmurHash3, 128 bits): of samples, not of padding. Not for secrets.
class PictureDigest {
 public:
  PictureDigest();
  ~PictureDigest();
  PictureDigest(const PictureDigest&) = delete;
  PictureDigest& operator=(const PictureDigest&) = delete;
  void update(const AVFrame& frame);
  std::string finish_hex();  // call once

 private:
  struct AVMurMur3* state_;
};

}  // namespace heaters::media
