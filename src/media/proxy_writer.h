#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "media/demuxer.h"
#include "media/media_pass.h"
#include "media/proxy_ladder.h"
#include "media/proxy_profile.h"

namespace heaters::media {

// Writes the proxy file of a source during its media pass, by any rung but Reuse. Timestamps are the source's
// own, so that a frame has the same time in both, except for timestamp_shift(). The file is whole after
// finish(), and gone if the object dies before. Not thread-safe.
class ProxyWriter {
 public:
  // The demuxer must outlive the writer.
  ProxyWriter(ProxyRung rung, const Demuxer& demuxer, const ProxyProfile& profile,
              std::filesystem::path path);
  ~ProxyWriter();

  // Adds what the writer listens to.
  void listen(PassSinks& sinks);

  // After the pass.
  void finish();

  // Streams that were encoded: 0, 1 (sound or silent picture) or 2.
  int encoded_streams() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace heaters::media
