#include "media/clip_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>

#include "base/check.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/filter_graph.h"
#include "media/picture_quality.h"
#include "media/sound_offset.h"
#include "media/span_encoder.h"
#include "media/span_reader.h"

namespace heaters::media {

namespace {

// Frames of an exported file, one after the other, and the beginning of its sound.
class ExportedFrames {
 public:
  // `sound_seconds`: how much of its sound is wanted.
  ExportedFrames(const std::filesystem::path& path, double sound_seconds)
      : demuxer_(path),
        video_(demuxer_.video_stream(), Deblocking::All, fmt::format("decode \"{}\"", path.string())) {
    const auto& audio = demuxer_.info().audio;
    if (audio && audio->is_decodable) {
      sound_.emplace(demuxer_, 0.0, sound_seconds);
    }
  }

  // nullptr at the end.
  const AVFrame* next() {
    for (;;) {
      if (const AVFrame* frame = video_.receive()) {
        ++count_;
        return frame;
      }
      if (has_ended_) return nullptr;
      const AVPacket* packet = demuxer_.next();
      has_ended_ = packet == nullptr;
      if (packet != nullptr && packet->stream_index != demuxer_.info().video.index) {
        if (sound_) sound_->decode(packet);
        continue;
      }
      video_.send(packet);
    }
  }

  FrameNumber count() const { return count_; }
  std::int64_t errors() const { return video_.errors(); }
  Rational time_base() const { return demuxer_.info().video.time_base; }
  SoundBeginning* sound() { return sound_ ? &*sound_ : nullptr; }

 private:
  Demuxer demuxer_;
  Decoder video_;
  std::optional<SoundBeginning> sound_;
  bool has_ended_ = false;
  FrameNumber count_ = 0;
};

// Compares one file with the source's frames as they come by.
class FileProof {
 public:
  FileProof(const ExportedFile& file, const Demuxer& source, const FrameTable& table)
      : file_(file), info_(source.info().video), table_(table) {
    const double length = table.seconds(file.span.end) - table.seconds(file.span.begin);
    try {
      made_ = std::make_unique<ExportedFrames>(file.path, length);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Corrupt && error.kind() != ErrorKind::Unsupported &&
          error.kind() != ErrorKind::InvalidInput) {
        throw;
      }
      fail(error.what());
      return;
    }
    if (source.info().audio && source.info().audio->is_decodable) {
      source_sound_.emplace(source, to_seconds(table[file.span.begin].pts, table.time_base()), length);
    }
    if (file.format.preset != ExportPreset::Source && !is_master(file.format.preset)) {
      filters_ = std::make_unique<FilterGraph>(export_filter(source.info().video, file.format.preset),
                                               source.info().video.time_base);
    }
  }

  void compare(const Frame& frame) {
    if (has_failed()) return;
    ++seen_;
    const AVFrame* made = made_->next();
    if (made == nullptr)
      return fail(fmt::format("it ends after {} of {} frames", made_->count(), file_.span.length()));
    compare_times(frame, *made);
    if (file_.copied.contains(frame.number()) || is_master(file_.format.preset)) {
      compare_equal(frame, *made);
    } else {
      compare_encoded(frame, *made);
    }
  }

  void hear(const AVPacket& packet) {
    if (source_sound_ && !has_failed()) source_sound_->decode(&packet);
  }
  bool has_seen_all() const { return has_failed() || seen_ == file_.span.length(); }
  bool has_heard_all() const { return has_failed() || !source_sound_ || source_sound_->is_complete(); }

  ClipProof finish() {
    if (!has_failed()) end();
    if (proof_.equal_frames > 0) proof_.copied_hash = digest_.finish_hex();
    return proof_;
  }

 private:
  bool has_failed() const { return proof_.failure.has_value(); }

  void fail(const std::string& what) {
    if (!has_failed()) proof_.failure = what;
  }

  void compare_times(const Frame& frame, const AVFrame& made) {
    const double wanted = to_seconds(frame.pts() - table_[file_.span.begin].pts, table_.time_base());
    const double got = to_seconds(made.best_effort_timestamp, made_->time_base());
    proof_.time_deviation_seconds = std::max(proof_.time_deviation_seconds, std::abs(got - wanted));
    // MP4 counts in its own ticks.
    const double tick = std::max(to_seconds(1, table_.time_base()), to_seconds(1, made_->time_base()));
    if (std::abs(got - wanted) > tick) {
      fail(fmt::format("frame {} is shown at {:.6f} s instead of {:.6f} s", frame.number(), got, wanted));
    }
  }

  void compare_equal(const Frame& frame, const AVFrame& made) {
    if (!is_same_picture(frame.av(), made)) return fail(fmt::format("frame {} differs", frame.number()));
    ++proof_.equal_frames;
    digest_.update(made);
  }

  void compare_encoded(const Frame& frame, const AVFrame& made) {
    if (filters_ == nullptr && file_.format.preset == ExportPreset::Source &&
        !is_same_format(frame.av(), made)) {
      filters_ = std::make_unique<FilterGraph>(kept_picture_filter(info_, made), info_.time_base);
    }
    if (filters_ == nullptr) return note_quality(frame.av(), made);
    // Filters may give a picture later than they get it; so the file's wait for theirs.
    waiting_.push_back(make_frame());
    check_av(av_frame_ref(waiting_.back().get(), &made), "compare frames");
    UniqueFrame input = make_frame();
    check_av(av_frame_ref(input.get(), &frame.av()), "compare frames");
    input->pts = frame.pts();
    if (file_.format.preset == ExportPreset::Source) input->format = without_range(input->format);
    filters_->send(input.get());
    note_filtered();
  }

  void note_filtered() {
    while (const AVFrame* wanted = filters_->receive()) {
      if (waiting_.empty()) return fail("more pictures than frames");
      note_quality(*wanted, *waiting_.front());
      waiting_.pop_front();
    }
  }

  void note_quality(const AVFrame& wanted, const AVFrame& made) {
    if (!is_same_format(wanted, made)) return fail("its pictures have another format or size");
    const PictureQuality quality = compare_pictures(wanted, made);
    proof_.least_psnr = std::min(proof_.least_psnr.value_or(quality.psnr), quality.psnr);
    proof_.least_ssim = std::min(proof_.least_ssim.value_or(quality.ssim), quality.ssim);
    psnr_sum_ += quality.psnr;
    ++encoded_;
  }

  void end() {
    if (filters_ != nullptr) {
      filters_->send(nullptr);
      note_filtered();
    }
    if (made_->next() != nullptr) fail(fmt::format("it has more than {} frames", file_.span.length()));
    proof_.frames = made_->count();
    if (seen_ != file_.span.length())
      fail(fmt::format("the source gives {} of its {} frames", seen_, file_.span.length()));
    if (made_->errors() > 0) fail(fmt::format("{} of its packets cannot be decoded", made_->errors()));
    if (encoded_ > 0) {
      proof_.mean_psnr = psnr_sum_ / static_cast<double>(encoded_);
      if (*proof_.mean_psnr < psnr_floor) {
        fail(fmt::format("its encoded frames are {:.1f} dB near the source's, less than {:.0f}",
                         *proof_.mean_psnr, psnr_floor));
      }
    }
    compare_sound();
  }

  void compare_sound() {
    if (!source_sound_) return;
    source_sound_->end();
    if (made_->sound() != nullptr) made_->sound()->end();
    if (!source_sound_->is_audible()) return;
    if (made_->sound() == nullptr) return fail("it has no sound, and the source has");
    proof_.sound_offset_seconds = sound_offset(*source_sound_, *made_->sound());
    if (proof_.sound_offset_seconds &&
        std::abs(*proof_.sound_offset_seconds) > source_sound_->frame_seconds()) {
      fail(fmt::format("its sound is off by {:.1f} ms", *proof_.sound_offset_seconds * 1000));
    }
  }

  const ExportedFile& file_;
  const VideoStreamInfo& info_;
  const FrameTable& table_;
  std::unique_ptr<ExportedFrames> made_;
  std::unique_ptr<FilterGraph> filters_;
  std::deque<UniqueFrame> waiting_;
  std::optional<SoundBeginning> source_sound_;
  PictureDigest digest_;
  double psnr_sum_ = 0;
  FrameNumber encoded_ = 0;
  FrameNumber seen_ = 0;
  ClipProof proof_;
};

class Proofs : public SpanListener {
 public:
  Proofs(const std::vector<ExportedFile>& files, const Demuxer& source, const FrameTable& table)
      : files_(files), source_(source), table_(table), proofs_(files.size()), results_(files.size()) {}

  void on_frame(std::size_t request, const Frame& frame) override {
    if (results_[request]) return;
    proof(request).compare(frame);
    finish_if_complete(request);
  }
  void on_sound(std::size_t request, const AVPacket& packet) override {
    if (results_[request]) return;
    proof(request).hear(packet);
    finish_if_complete(request);
  }
  bool has_heard_all(std::size_t request) const override {
    return results_[request] || (proofs_[request] && proofs_[request]->has_heard_all());
  }
  void on_end(std::size_t request) override {
    if (!results_[request]) finish_file(request);
  }

  std::vector<ClipProof> finish() {
    std::vector<ClipProof> all;
    all.reserve(files_.size());
    for (const auto& result : results_) all.push_back(result.value());
    return all;
  }

 private:
  FileProof& proof(std::size_t request) {
    if (!proofs_[request]) proofs_[request] = std::make_unique<FileProof>(files_[request], source_, table_);
    return *proofs_[request];
  }

  // Files of one source need not all be open until its end.
  void finish_if_complete(std::size_t request) {
    if (proofs_[request]->has_seen_all() && proofs_[request]->has_heard_all()) finish_file(request);
  }

  void finish_file(std::size_t request) {
    results_[request] = proof(request).finish();
    proofs_[request].reset();
  }

  const std::vector<ExportedFile>& files_;
  const Demuxer& source_;
  const FrameTable& table_;
  std::vector<std::unique_ptr<FileProof>> proofs_;
  std::vector<std::optional<ClipProof>> results_;
};

}  // namespace

std::vector<ClipProof> prove_clips(const std::filesystem::path& source, const FrameTable& table,
                                   const std::optional<DecodeOrder>& order,
                                   const std::vector<ExportedFile>& files, const std::stop_token& stop) {
  std::vector<SpanRequest> requests;
  requests.reserve(files.size());
  for (const ExportedFile& file : files) requests.push_back({.decoded = {file.span}, .heard = file.span});
  return read_or_count(source, table, order, requests, stop, [&](const Demuxer& demuxer, const auto& read) {
    Proofs proofs(files, demuxer, table);
    read(proofs);
    return proofs.finish();
  });
}

}  // namespace heaters::media
