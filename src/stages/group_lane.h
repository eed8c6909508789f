#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <stop_token>

#include "media/group_decoder.h"
#include "media/group_scan.h"
#include "shots/kernels.h"
#include "shots/small_picture.h"
#include "stages/group_pictures.h"
#include "stages/small_picture_reader.h"

namespace heaters::stages {

// Decodes of a group what keyframes, packet sizes and the pictures around leave in doubt, and passes on what
// it saw. What it does with a group depends on that group and the keyframe after it alone: groups may be
// shared out among lanes in any way. For one thread.
class GroupLane : public media::GroupListener {
 public:
  // All but `path` are borrowed. Throws as GroupDecoder.
  GroupLane(const std::filesystem::path& path, const media::GroupScan& scan, GroupPictures& pictures,
            std::stop_token stop);

  // Gives the pictures of a group, and not its end. In ascending order. False when the file holds something
  // else than the scan promised, or nobody wants more. Throws Cancelled.
  bool look_at(std::size_t group);

 private:
  bool wants_next_keyframe(std::size_t group) override;
  void on_picture(const media::Frame& frame) override;
  bool may_leave_out(FrameNumber frame) override;
  bool wants_more(FrameNumber next) override;

  bool give(FrameNumber frame, const shots::SmallPicture& picture);
  bool may_skip_after(FrameNumber frame, const shots::SmallPicture& picture) const;
  std::uint32_t smaller_keyframe_bytes() const;
  std::uint32_t predicted_bytes(FrameNumber frame) const;
  std::uint32_t bytes(FrameNumber frame) const { return scan_.bytes[static_cast<std::size_t>(frame)]; }

  const media::GroupScan& scan_;
  GroupPictures& out_;
  media::GroupDecoder decoder_;
  SmallPictureReader reader_;
  const shots::Kernels& kernels_ = shots::kernels(shots::best_simd_level());

  std::size_t group_ = 0;
  FrameSpan span_{};
  std::map<FrameNumber, shots::SmallPicture> ahead_;  // decoded, and not their turn yet
  shots::SmallPicture newest_;                        // that was given
  FrameNumber newest_number_ = 0;
  bool has_given_ = false;  // of this group
  bool is_wanted_ = true;
};

}  // namespace heaters::stages
