#include "media/clip_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/timecode.h"
#include "media/clip_audio.h"
#include "media/clip_video.h"
#include "media/demuxer.h"
#include "media/span_reader.h"

namespace heaters::media {

namespace {

// How one clip is to be made in one pass.
struct Attempt {
  std::size_t request = 0;
  ClipPlan plan;
  int quality_offset = 0;
};

Muxer::Container container_of(const std::filesystem::path& path) {
  if (path.extension() == ".mov") return Muxer::Container::QuickTime;
  return path.extension() == ".mkv" ? Muxer::Container::Matroska : Muxer::Container::Mp4;
}

// What timecode the source gives to a frame; empty when it states none.
std::string timecode_at(const VideoStreamInfo& info, FrameNumber frame) {
  if (info.timecode.empty() || !info.frame_rate.is_positive()) return {};
  const auto first = parse_timecode(info.timecode, info.frame_rate);
  if (!first) return {};
  const bool drops = can_drop_frames(info.frame_rate) && info.timecode.find(';') != std::string::npos;
  return format_timecode(*first + frame, info.frame_rate, drops);
}

// The file of one clip while it is written.
class ClipFile {
 public:
  ClipFile(const Demuxer& source, const FrameTable& table, const ClipRequest& request, const Attempt& attempt,
           const ExportFormat& format)
      : span_(request.span),
        container_(container_of(request.path)),
        muxer_(request.path, container_),
        video_(source, table, attempt.plan, format, attempt.quality_offset, muxer_) {
    muxer_.set_metadata(source.metadata());
    if (ClipAudio::can_take(source, format, container_)) {
      const std::int64_t begin = table[span_.begin].pts;
      const std::int64_t end = span_.end < table.size()
                                   ? table[span_.end].pts
                                   : table[span_.end - 1].pts + table.ticks(span_.end - 1);
      audio_.emplace(source, begin, end, format, container_, muxer_);
    }
    muxer_.set_timecode(timecode_at(source.info().video, span_.begin));
  }

  ClipVideo& video() { return video_; }
  void hear(const AVPacket& packet) {
    if (audio_) audio_->consume(packet);
  }
  bool has_heard_all() const { return !audio_ || audio_->has_ended(); }
  bool is_complete() const { return video_.is_complete() && has_heard_all(); }
  bool is_sound_encoded() const { return audio_ && audio_->is_encoded(); }

  void finish() {
    video_.finish();
    if (audio_) audio_->finish();
    muxer_.finish();
  }

 private:
  FrameSpan span_;
  Muxer::Container container_;
  Muxer muxer_;
  ClipVideo video_;
  std::optional<ClipAudio> audio_;
};

// Whether a failure is this clip's own, so that another rung may do.
bool is_own_failure(const Error& error) {
  return error.kind() == ErrorKind::Unsupported || error.kind() == ErrorKind::Corrupt ||
         error.kind() == ErrorKind::Internal;
}

// One pass over the source that writes the files of some attempts.
class WritingPass : public SpanListener {
 public:
  WritingPass(const Demuxer& source, const FrameTable& table, const std::vector<ClipRequest>& requests,
              const std::vector<Attempt>& attempts, const ExportFormat& format, ProgressThrottle& progress)
      : source_(source),
        table_(table),
        requests_(requests),
        attempts_(attempts),
        format_(format),
        progress_(progress),
        files_(attempts.size()),
        states_(attempts.size()) {}

  struct State {
    bool is_done = false;
    bool is_sound_encoded = false;
    std::optional<Error> failure;
  };

  void on_frame(std::size_t index, const Frame& frame) override {
    act(index, [&](ClipFile& file) { file.video().encode(frame); });
    progress_.update(++frames_);
  }
  void on_packet(std::size_t index, const AVPacket& packet, FrameNumber frame) override {
    act(index, [&](ClipFile& file) { file.video().copy(packet, frame); });
    progress_.update(++frames_);
  }
  void on_sound(std::size_t index, const AVPacket& packet) override {
    act(index, [&](ClipFile& file) { file.hear(packet); });
  }
  bool has_heard_all(std::size_t index) const override {
    return states_[index].is_done || (files_[index] && files_[index]->has_heard_all()) ||
           !source_.info().audio;
  }
  void on_end(std::size_t index) override {
    act(index, [](ClipFile&) {}, true);
  }

  std::vector<State> states() { return std::move(states_); }

 private:
  template <typename Action>
  void act(std::size_t index, Action action, bool is_last = false) {
    State& state = states_[index];
    if (state.is_done) return;
    try {
      if (!files_[index]) {
        files_[index] = std::make_unique<ClipFile>(source_, table_, requests_[attempts_[index].request],
                                                   attempts_[index], format_);
      }
      ClipFile& file = *files_[index];
      action(file);
      if (!is_last && !file.is_complete()) return;
      file.finish();
      state.is_sound_encoded = file.is_sound_encoded();
    } catch (const Error& error) {
      if (!is_own_failure(error)) throw;
      state.failure = error;
    }
    state.is_done = true;
    files_[index].reset();
  }

  const Demuxer& source_;
  const FrameTable& table_;
  const std::vector<ClipRequest>& requests_;
  const std::vector<Attempt>& attempts_;
  ExportFormat format_;
  ProgressThrottle& progress_;
  std::vector<std::unique_ptr<ClipFile>> files_;
  std::vector<State> states_;
  std::int64_t frames_ = 0;
};

class Export {
 public:
  Export(const std::filesystem::path& source, const FrameTable& table,
         const std::vector<ClipRequest>& requests, const ExportFormat& format, const std::stop_token& stop,
         const ProgressListener& on_progress)
      : source_(source),
        table_(table),
        requests_(requests),
        format_(format),
        stop_(stop),
        on_progress_(on_progress),
        order_(DecodeOrder::from_offsets(table)),
        results_(requests.size()) {}

  std::vector<ExportedClip> run() {
    try {
      auto attempts = first_attempts();
      while (!attempts.empty()) attempts = make(attempts);
    } catch (...) {
      for (const ClipRequest& request : requests_) remove(request.path);
      throw;
    }
    return std::move(results_);
  }

 private:
  std::vector<Attempt> first_attempts() {
    Demuxer demuxer(source_, stop_);
    // A source whose packets the table cannot place is asked for them.
    if (!order_) order_ = DecodeOrder::from_packets(demuxer, table_);
    const bool may_copy =
        format_.preset == ExportPreset::Source && order_ && can_export_copy(demuxer.info().video.codec);
    const bool can_join = may_copy && ClipVideo::can_join(demuxer);
    const auto& audio = demuxer.info().audio;
    if (audio && !ClipAudio::can_take(demuxer, format_, container_of(requests_.front().path))) {
      left_out_ = fmt::format("its sound ({}) cannot be decoded and is left out", audio->codec);
    }
    std::vector<Attempt> attempts;
    attempts.reserve(requests_.size());
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      const FrameSpan span = requests_[i].span;
      attempts.push_back(
          {i, may_copy ? plan_clip(*order_, span, can_join) : plan_encoding(span, why_encoded(demuxer))});
    }
    return attempts;
  }

  std::string why_encoded(const Demuxer& demuxer) const {
    if (format_.preset != ExportPreset::Source)
      return fmt::format("the preset {} is encoded", to_string(format_.preset));
    if (!order_) return "the times of the source's packets are not those of its frames";
    return fmt::format("MP4 does not hold {}", demuxer.info().video.codec);
  }

  // Makes and proves; returns what to try instead of what failed.
  std::vector<Attempt> make(const std::vector<Attempt>& attempts) {
    const auto states = write(attempts);
    std::vector<ExportedFile> files;
    std::vector<std::size_t> of_file;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (states[i].failure) continue;
      const ClipRequest& request = requests_[attempts[i].request];
      files.push_back({request.path, request.span, attempts[i].plan.copied, format_});
      of_file.push_back(i);
    }
    const auto proofs = prove_clips(source_, table_, order_, files, stop_);
    std::vector<Attempt> again;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (states[i].failure) retry(attempts[i], states[i].failure->what(), states[i].failure, again);
    }
    for (std::size_t f = 0; f < files.size(); ++f) {
      const Attempt& attempt = attempts[of_file[f]];
      if (proofs[f].holds()) {
        keep(attempt, proofs[f], states[of_file[f]].is_sound_encoded);
      } else {
        remove(files[f].path);
        retry(attempt, *proofs[f].failure, std::nullopt, again);
      }
    }
    return again;
  }

  std::vector<WritingPass::State> write(const std::vector<Attempt>& attempts) {
    std::vector<SpanRequest> wanted;
    wanted.reserve(attempts.size());
    FrameNumber frames = 0;
    bool has_copies = false;
    for (const Attempt& attempt : attempts) {
      const ClipPlan& plan = attempt.plan;
      wanted.push_back({.decoded = {plan.head, plan.tail},
                        .first_packet = plan.first_packet,
                        .end_packet = plan.end_packet,
                        .heard = requests_[attempt.request].span});
      frames += requests_[attempt.request].span.length();
      has_copies = has_copies || plan.rung != ExportRung::Encode;
    }
    ProgressThrottle progress("export", "frames", frames, on_progress_);
    if (order_) {
      try {
        Demuxer demuxer(source_, stop_);
        WritingPass pass(demuxer, table_, requests_, attempts, format_, progress);
        read_spans(demuxer, table_, *order_, wanted, pass, stop_);
        progress.finish(frames);
        return pass.states();
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::Unsupported) throw;
        if (has_copies) return all_failed(attempts, error);
      }
    }
    Demuxer demuxer(source_, stop_);
    WritingPass pass(demuxer, table_, requests_, attempts, format_, progress);
    count_spans(demuxer, table_, wanted, pass, stop_);
    progress.finish(frames);
    return pass.states();
  }

  static std::vector<WritingPass::State> all_failed(const std::vector<Attempt>& attempts,
                                                    const Error& error) {
    std::vector<WritingPass::State> states(attempts.size());
    for (auto& state : states) state = {.is_done = true, .is_sound_encoded = false, .failure = error};
    return states;
  }

  void keep(const Attempt& attempt, const ClipProof& proof, bool is_sound_encoded) {
    ExportedClip& result = results_[attempt.request];
    result.rung = attempt.plan.rung;
    result.copied = attempt.plan.copied;
    result.copied_frames = attempt.plan.copied.length();
    result.encoded_frames = requests_[attempt.request].span.length() - result.copied_frames;
    result.reason = attempt.plan.reason;
    if (!left_out_.empty()) result.reason += (result.reason.empty() ? "" : "; ") + left_out_;
    result.is_sound_encoded = is_sound_encoded;
    result.proof = proof;
  }

  void retry(const Attempt& attempt, const std::string& why, const std::optional<Error>& error,
             std::vector<Attempt>& again) {
    const FrameSpan span = requests_[attempt.request].span;
    constexpr int better = -6;  // half the quantiser step
    std::string reason =
        fmt::format("{}{}{} failed: {}", attempt.plan.reason, attempt.plan.reason.empty() ? "" : "; ",
                    to_string(attempt.plan.rung), why);
    if (attempt.plan.rung != ExportRung::Encode) {
      again.push_back({attempt.request, plan_encoding(span, std::move(reason))});
    } else if (attempt.quality_offset == 0 && !is_master(format_.preset)) {
      again.push_back({attempt.request, plan_encoding(span, std::move(reason)), better});
    } else {
      ExportedClip& result = results_[attempt.request];
      result.reason = reason;
      result.error = error.value_or(
          Error(ErrorKind::Corrupt, fmt::format("export frames {} to {} of \"{}\": {}", span.begin,
                                                span.end - 1, source_.string(), why)));
    }
  }

  static void remove(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

  const std::filesystem::path& source_;
  const FrameTable& table_;
  const std::vector<ClipRequest>& requests_;
  ExportFormat format_;
  const std::stop_token& stop_;
  const ProgressListener& on_progress_;
  std::optional<DecodeOrder> order_;
  std::string left_out_;  // what of the source no clip has
  std::vector<ExportedClip> results_;
};

}  // namespace

std::vector<ExportedClip> export_clips(const std::filesystem::path& source, const FrameTable& table,
                                       const std::vector<ClipRequest>& requests, const ExportFormat& format,
                                       const std::stop_token& stop, const ProgressListener& on_progress) {
  std::set<std::filesystem::path> paths;
  for (const ClipRequest& request : requests) {
    if (!paths.insert(request.path).second) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("export to \"{}\": two clips of one path", request.path.string()));
    }
    require_span(table, request.span, fmt::format("export from \"{}\"", source.string()));
  }
  if (requests.empty()) return {};
  return Export(source, table, requests, format, stop, on_progress).run();
}

}  // namespace heaters::media
