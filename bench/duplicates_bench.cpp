// Whether copies of clips are found among distractors. Usage: duplicates_bench VIDEO... Every shot of the
// videos is a clip; its copies are made by the ffmpeg program (encoded again, scaled, letterboxed, trimmed,
// brightened, all of it), and 10,000 distractors from the same footage: parts of its pictures, turned,
// recoloured, and joined to parts of others.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include "base/file.h"
#include "media/demuxer.h"
#include "media/frame_table.h"
#include "media/media_pass.h"
#include "media/yuv_reader.h"
#include "search/vector_index.h"
#include "shots/score_curve.h"
#include "stages/shot_sink.h"

namespace {

using namespace heaters;
namespace fs = std::filesystem;
using search::VectorIndex;

std::size_t at_cell(int x, int y, int width) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

// A picture small enough to keep thousands of.
struct Sample {
  static constexpr int width = 192;
  static constexpr int height = 108;
  std::vector<std::uint8_t> y = std::vector<std::uint8_t>(width * height);
  std::vector<std::uint8_t> u = std::vector<std::uint8_t>(width * height / 4);
  std::vector<std::uint8_t> v = std::vector<std::uint8_t>(width * height / 4);
};

void shrink(const Plane& plane, int depth, int width, int height, std::vector<std::uint8_t>& to) {
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::uint8_t* row = plane.data + std::ptrdiff_t{y * plane.height / height} * plane.stride;
      const int column = x * plane.width / width;
      to[at_cell(x, y, width)] = static_cast<std::uint8_t>(
          depth > 8 ? (row[2 * column] | row[2 * column + 1] << 8) >> (depth - 8) : row[column]);
    }
  }
}

// Every sixth picture.
class SampleSink : public media::FrameSink {
 public:
  void consume(const media::Frame& frame) override {
    if (frame.number() % 6 != 0) return;
    const YuvPicture picture = reader_.read(frame);
    Sample sample;
    shrink(picture.y, picture.bit_depth, Sample::width, Sample::height, sample.y);
    if (picture.u.width > 0) {
      shrink(picture.u, picture.bit_depth, Sample::width / 2, Sample::height / 2, sample.u);
      shrink(picture.v, picture.bit_depth, Sample::width / 2, Sample::height / 2, sample.v);
    } else {
      std::fill(sample.u.begin(), sample.u.end(), std::uint8_t{128});
      std::fill(sample.v.begin(), sample.v.end(), std::uint8_t{128});
    }
    samples.push_back(std::move(sample));
  }
  void finish() override {}

  std::vector<Sample> samples;

 private:
  media::YuvReader reader_;
};

struct Footage {
  looks::LookTrack looks;
  std::vector<FrameSpan> shots;
  std::vector<Sample> samples;
};

Footage read(const fs::path& path, bool with_samples) {
  media::Demuxer demuxer(path);
  stages::ShotSink shots(demuxer.info().video.time_base);
  media::FrameTableSink table(demuxer.info().video.time_base);
  SampleSink samples;
  media::PassSinks sinks{.frames = {&shots, &table}, .audio = {}, .packets = {}};
  if (with_samples) sinks.frames.push_back(&samples);
  media::run_media_pass(demuxer, sinks, {}, {});
  Footage footage{shots.looks(), {}, std::move(samples.samples)};
  FrameNumber begin = 0;
  for (const shots::Cut& cut : shots::select_cuts(shots.curve(), {})) {
    footage.shots.push_back({begin, cut.frame});
    begin = cut.frame;
  }
  footage.shots.push_back({begin, table.table().size()});
  return footage;
}

// A part of a picture, stretched over the whole, perhaps mirrored, its colours turned.
Sample part_of(const Sample& from, std::mt19937& random) {
  std::uniform_real_distribution<float> unit(0, 1);
  const float side = 0.3F + 0.35F * unit(random);
  const float left = (1 - side) * unit(random);
  const float top = (1 - side) * unit(random);
  const bool is_mirrored = random() % 2 == 0;
  const int turn = static_cast<int>(random() % 4);
  Sample part;
  for (int y = 0; y < Sample::height; ++y) {
    for (int x = 0; x < Sample::width; ++x) {
      float across = (static_cast<float>(x) + 0.5F) / Sample::width;
      if (is_mirrored) across = 1 - across;
      const int column = static_cast<int>((left + side * across) * Sample::width);
      const int row =
          static_cast<int>((top + side * (static_cast<float>(y) + 0.5F) / Sample::height) * Sample::height);
      const auto at = at_cell(x, y, Sample::width);
      part.y[at] = from.y[at_cell(column, row, Sample::width)];
      const auto chroma = at_cell(x / 2, y / 2, Sample::width / 2);
      const auto source = at_cell(column / 2, row / 2, Sample::width / 2);
      const std::uint8_t u = from.u[source];
      const std::uint8_t v = from.v[source];
      part.u[chroma] = turn == 0 ? u : turn == 1 ? v : static_cast<std::uint8_t>(255 - (turn == 2 ? u : v));
      part.v[chroma] = turn == 0   ? v
                       : turn == 1 ? static_cast<std::uint8_t>(255 - u)
                       : turn == 2 ? static_cast<std::uint8_t>(255 - v)
                                   : u;
    }
  }
  return part;
}

// Its lower half from another.
void join(Sample& upper, const Sample& lower) {
  std::copy(lower.y.begin() + static_cast<std::ptrdiff_t>(lower.y.size() / 2), lower.y.end(),
            upper.y.begin() + static_cast<std::ptrdiff_t>(upper.y.size() / 2));
  std::copy(lower.u.begin() + static_cast<std::ptrdiff_t>(lower.u.size() / 2), lower.u.end(),
            upper.u.begin() + static_cast<std::ptrdiff_t>(upper.u.size() / 2));
  std::copy(lower.v.begin() + static_cast<std::ptrdiff_t>(lower.v.size() / 2), lower.v.end(),
            upper.v.begin() + static_cast<std::ptrdiff_t>(upper.v.size() / 2));
}

looks::Look look_of(const Sample& sample) {
  shots::Shrinker shrinker;
  shots::SmallPicture small;
  shrinker.shrink({.y = {sample.y.data(), Sample::width, Sample::width, Sample::height},
                   .u = {sample.u.data(), Sample::width / 2, Sample::width / 2, Sample::height / 2},
                   .v = {sample.v.data(), Sample::width / 2, Sample::width / 2, Sample::height / 2}},
                  small);
  looks::BorderFinder borders;
  borders.add(small);
  return looks::quantised(looks::look_of(small, borders.content(), {}));
}

std::string quoted(const fs::path& path) {
  return "'" + path.string() + "'";
}

bool ffmpeg(const std::string& arguments) {
  return std::system(("ffmpeg -v error -nostdin -y " + arguments).c_str()) == 0;
}

const std::map<std::string, std::string> copies = {
    {"encoded again", "-c:v libx264 -preset veryfast -crf 36"},
    {"scaled", "-vf 'scale=trunc(iw/6)*2:trunc(ih/6)*2' -c:v libx264 -preset veryfast -crf 28"},
    {"letterboxed", "-vf 'pad=iw:trunc(ih*2/3)*2:0:(oh-ih)/2' -c:v libx264 -preset veryfast -crf 28"},
    {"trimmed", "TRIM -c:v libx264 -preset veryfast -crf 28"},
    {"brighter", "-vf 'eq=brightness=0.1' -c:v libx264 -preset veryfast -crf 28"},
    {"all of it",
     "-vf 'eq=brightness=0.06,scale=trunc(iw/4)*2:trunc(ih/4)*2,pad=iw:trunc(ih*5/8)*2:0:(oh-ih)/2' -c:v "
     "libx264 "
     "-preset veryfast -crf 32"}};

struct ShotOfFile {
  fs::path file;
  FrameSpan span;
};

class Trial {
 public:
  void read_clips(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
      Footage footage = read(file, true);
      for (const FrameSpan& shot : footage.shots) {
        const looks::Look look = footage.looks.look_of(shot);
        // Nothing but black cannot be told from nothing but black.
        if (shot.length() < 12 || look == looks::Look{}) continue;
        clips_.push_back({file, shot});
        looks_.push_back(look);
      }
      std::move(footage.samples.begin(), footage.samples.end(), std::back_inserter(samples_));
    }
  }

  void add_distractors(std::size_t count) {
    std::mt19937 random(11);
    for (std::size_t i = 0; i < count; ++i) {
      Sample picture = part_of(samples_[random() % samples_.size()], random);
      if (random() % 2 == 0) join(picture, part_of(samples_[random() % samples_.size()], random));
      looks_.push_back(look_of(picture));
    }
    std::vector<VectorIndex::Vector> vectors;
    vectors.reserve(looks_.size());
    for (std::size_t i = 0; i < looks_.size(); ++i) {
      vectors.push_back({static_cast<VectorIndex::Number>(i), looks_[i]});
    }
    index_.add(vectors);
    fmt::print("{} clips, {} distractors\n", clips_.size(), count);
  }

  void tell_alike(float least) const {
    std::size_t alike = 0;
    for (std::size_t a = 0; a < clips_.size(); ++a) {
      for (std::size_t b = a + 1; b < clips_.size(); ++b) {
        if (looks::likeness(looks_[a], looks_[b]) >= least) ++alike;
      }
    }
    fmt::print("pairs of different clips at {} and above: {} of {}\n", least, alike,
               clips_.size() * (clips_.size() - 1) / 2);
  }

  void look_for_copies() {
    for (std::size_t i = 0; i < clips_.size(); ++i) {
      const fs::path original = directory_.path() / "original.mkv";
      const bool is_made = ffmpeg(fmt::format(
          "-i {} -an -vf 'trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS' -c:v libx264 -qp 0 -preset "
          "ultrafast {}",
          quoted(clips_[i].file), clips_[i].span.begin, clips_[i].span.end, quoted(original)));
      if (!is_made) continue;
      for (const auto& [kind, options] : copies) look_for_copy(i, original, kind, options);
    }
  }

  void report() {
    for (const auto& [kind, counts] : by_kind_)
      fmt::print("{:<14} {} of {}\n", kind, counts.found, counts.tried);
    if (likenesses_.empty()) return;
    std::sort(likenesses_.begin(), likenesses_.end());
    Counts all;
    for (const auto& each : by_kind_) {
      all.found += each.second.found;
      all.tried += each.second.tried;
    }
    fmt::print("recall@1 {:.4f} of {} copies; likeness of copies: least {:.3f}, 5 % {:.3f}, half {:.3f}\n",
               static_cast<double>(all.found) / static_cast<double>(all.tried), all.tried,
               likenesses_.front(), likenesses_[likenesses_.size() / 20],
               likenesses_[likenesses_.size() / 2]);
  }

 private:
  struct Counts {
    std::size_t found = 0;
    std::size_t tried = 0;
  };

  void look_for_copy(std::size_t clip, const fs::path& original, const std::string& kind, std::string how) {
    const fs::path copy = directory_.path() / "copy.mp4";
    const FrameSpan& span = clips_[clip].span;
    if (const auto at = how.find("TRIM"); at != std::string::npos) {
      const FrameNumber off = span.length() * 15 / 100;
      how.replace(at, 4,
                  fmt::format("-vf 'trim=start_frame={}:end_frame={},setpts=PTS-STARTPTS'", off,
                              span.length() - off));
    }
    if (!ffmpeg(fmt::format("-i {} -pix_fmt yuv420p {} {}", quoted(original), how, quoted(copy)))) return;
    const Footage footage = read(copy, false);
    const looks::Look look = footage.looks.look_of({0, footage.shots.back().end});
    const auto hit = index_.nearest(look, 1).front();
    likenesses_.push_back(looks::likeness(look, looks_[clip]));
    Counts& counts = by_kind_[kind];
    ++counts.tried;
    if (hit.number == clip) {
      ++counts.found;
    } else {
      fmt::print("  missed: {} of {} {}–{}: {:.3f}, found {} at {:.3f}\n", kind,
                 clips_[clip].file.filename().string(), span.begin, span.end, likenesses_.back(), hit.number,
                 hit.likeness);
    }
  }

  TemporaryDirectory directory_;
  std::vector<ShotOfFile> clips_;
  std::vector<looks::Look> looks_;
  std::vector<Sample> samples_;
  VectorIndex index_{{.dimensions = looks::look_dimensions}};
  std::map<std::string, Counts> by_kind_;
  std::vector<float> likenesses_;
};

}  // namespace

int main(int argc, char** argv) {
  Trial trial;
  trial.read_clips({argv + 1, argv + argc});
  trial.add_distractors(10'000);
  trial.tell_alike(0.92F);
  trial.look_for_copies();
  trial.report();
  return 0;
}
