#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/time.h"
#include "media/clip_plan.h"
#include "media/export_preset.h"
#include "media/frame_table.h"

namespace heaters::media {

// What was found by decoding an exported file and the source beside each other.
struct ClipProof {
  FrameNumber frames = 0;        // that the file gives
  FrameNumber equal_frames = 0;  // of which every sample is the source's, as copied ones must be
  std::string copied_hash;       // PictureDigest of them; empty: none
  double time_deviation_seconds =
      0;  // largest difference of a frame's time, from the clip's begin, to the source's
  // The worst of the encoded frames against the source's; nullopt: none.
  std::optional<double> least_psnr;
  std::optional<double> least_ssim;
  std::optional<double> mean_psnr;
  // How much later than in the source the sound is, against the picture. nullopt: no sound, or none to tell
  // by.
  std::optional<double> sound_offset_seconds;
  std::optional<std::string> failure;  // what does not hold, for people; nullopt: all of it does

  bool holds() const { return !failure; }
};

struct ExportedFile {
  std::filesystem::path path;
  FrameSpan span;    // of the source
  FrameSpan copied;  // frames of the source that were copied; all others were encoded
  ExportFormat format = ExportPreset::Source;
};

// Proves files against the source they were cut from: exactly the frames of the span, each at its time,
// copied ones and those of masters equal sample by sample, other encoded ones at least `psnr_floor` dB near
// on average, and the sound within one of its frames (1,024 samples) of where it was. Reads the source once
// for all files: by seeking when its order is known, else (nullopt) from its start. Throws when the source
// cannot be read; what is wrong with a file is its proof's failure.
std::vector<ClipProof> prove_clips(const std::filesystem::path& source, const FrameTable& table,
                                   const std::optional<DecodeOrder>& order,
                                   const std::vector<ExportedFile>& files, const std::stop_token& stop);

// The mean luma PSNR below which an encoded clip is not called the source's picture.
inline constexpr double psnr_floor = 35;

}  // namespace heaters::media
