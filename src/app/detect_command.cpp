#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "app/commands.h"
#include "app/detect_inputs.h"
#include "app/detection_text.h"
#include "app/home.h"
#include "app/input_file.h"
#include "app/output.h"
#include "app/progress_bar.h"
#include "app/video_lookup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "stages/detect.h"

namespace heaters::app {

namespace {

namespace fs = std::filesystem;

struct DetectedText {
  std::string text;
  std::string statistics;  // empty when not asked for
};

// What is asked for of a video that is decoded; `stills` is where they go.
stages::DetectOptions options_of(const DetectArguments& arguments,
                                 const std::optional<TemporaryDirectory>& stills) {
  stages::DetectOptions options = arguments.options;
  options.statistics = arguments.statistics.has_value();
  if (stills) options.stills_directory = stills->path();
  return options;
}

DetectedText text_of(const Config& config, const DetectArguments& arguments,
                     const stages::Detection& detection, const fs::path& file) {
  return {detection_text(detection, file, config.ingest.shots, arguments.format),
          arguments.statistics ? statistics_text(detection) : ""};
}

void deliver(const DetectArguments& arguments, const DetectedText& detected) {
  if (arguments.statistics) write_text_file(*arguments.statistics, detected.statistics);
  if (arguments.output) {
    write_text_file(*arguments.output, detected.text);
  } else {
    print(detected.text);
  }
}

// A file is decoded; the id of a video, when no file has that name, stands for what was stored of it.
DetectedText detect_one(const Config& config, const DetectArguments& arguments, const fs::path& file,
                        const ProgressListener& on_progress, const std::stop_token& stop) {
  std::optional<TemporaryDirectory> stills;
  if (arguments.format == "html") stills.emplace();
  if (is_ulid(file.string()) && !fs::exists(file)) {
    if (arguments.statistics || arguments.options.method != shots::Method::Window) {
      throw Error(
          ErrorKind::InvalidInput,
          fmt::format("detect shots of {}: of a video only the scores of \"window\" are kept; name a file "
                      "for --stats or another detector",
                      file.string()));
    }
    const auto home = Home::open(config);
    const catalog::Video video = find_video(*home, file.string());
    const auto detection = stages::recall_shots(video, *home->store, stills ? stills->path() : fs::path());
    return {detection_text(detection, video.title, config.ingest.shots, arguments.format), ""};
  }
  require_input_file(file);
  return text_of(config, arguments,
                 stages::detect_shots(file, options_of(arguments, stills), stop, on_progress), file);
}

int run_single(const Config& config, const DetectArguments& arguments, const fs::path& file,
               const std::stop_token& stop) {
  std::error_code ignored;
  if (arguments.output && fs::equivalent(file, *arguments.output, ignored)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("write \"{}\": that is the video itself", arguments.output->string()));
  }
  deliver(arguments, detect_one(config, arguments, file, progress_bar(file.filename().string()), stop));
  return 0;
}

// The rows of CSV, printed as soon as more of the stream cannot change them.
class GrowingRows {
 public:
  // All but the last row, whose shot goes on; `is_over`: that one too.
  void print_new(std::string_view text, bool is_over) {
    std::vector<std::string_view> lines;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin) + 1;
      lines.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    if (!is_over) lines.pop_back();
    for (; printed_ < lines.size(); ++printed_) print(lines[printed_]);
  }

 private:
  std::size_t printed_ = 0;
};

int run_stream(const Config& config, const DetectArguments& arguments, const std::stop_token& stop) {
  const fs::path name = "standard input";
  // Redirected, not piped: then it is a file like others.
  if (const fs::path file = "/dev/stdin"; fs::is_regular_file(file))
    return run_single(config, arguments, file, stop);
  std::optional<TemporaryDirectory> stills;
  if (arguments.format == "html") stills.emplace();
  GrowingRows rows;
  const bool is_growing = arguments.format == "csv" && !arguments.output;
  stages::SettledListener on_settled;
  if (is_growing) {
    on_settled = [&](const stages::Detection& settled) {
      rows.print_new(detection_text(settled, name, config.ingest.shots, "csv"), false);
    };
  }
  FileDescriptor input(::dup(STDIN_FILENO));
  if (input.get() < 0) throw system_error(errno, "read standard input");
  const auto detection = stages::detect_stream(std::move(input), name.string(), options_of(arguments, stills),
                                               stop, progress_bar(name.string()), on_settled);
  DetectedText detected = text_of(config, arguments, detection, name);
  if (is_growing) {
    rows.print_new(std::exchange(detected.text, ""), true);
  }
  deliver(arguments, detected);
  return 0;
}

// Many files, some at a time. A failure ends its file only.
class ManyFiles {
 public:
  ManyFiles(const Config& config, DetectArguments arguments, std::vector<fs::path> files,
            const std::stop_token& stop)
      : config_(config),
        arguments_(std::move(arguments)),
        files_(std::move(files)),
        stop_(stop),
        progress_("detect", "files", static_cast<std::int64_t>(files_.size()), progress_bar("")),
        texts_(files_.size()) {
    require_places();
    name_outputs();
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    if (std::min<int>(arguments_.jobs, static_cast<int>(files_.size())) >= cores)
      arguments_.options.threads = media::DecodingThreads::One;
  }

  int run() {
    {
      std::vector<std::jthread> workers;
      const auto count = std::min<std::size_t>(files_.size(), static_cast<std::size_t>(arguments_.jobs));
      workers.reserve(count);
      for (std::size_t i = 0; i < count; ++i) workers.emplace_back([this] { work(); });
    }
    progress_.finish(static_cast<std::int64_t>(done_));
    if (stop_.stop_requested()) throw Error(ErrorKind::Cancelled, "detect shots: stopped");
    return first_failure_;
  }

 private:
  // Texts of several videos in a row make sense in some formats only.
  void require_places() const {
    const bool can_follow =
        arguments_.format == "table" || arguments_.format == "csv" || arguments_.format == "jsonl";
    if (!arguments_.output && !can_follow) {
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("detect shots of {} files: {} needs a folder for them (-o FOLDER)",
                              files_.size(), arguments_.format));
    }
    if (arguments_.output) fs::create_directories(*arguments_.output);
    if (arguments_.statistics) fs::create_directories(*arguments_.statistics);
  }

  // By the name of the file; those of one name are told apart by a number.
  void name_outputs() {
    std::set<std::string> taken;
    for (const fs::path& file : files_) {
      std::string name = file.stem().string();
      for (int number = 2; !taken.insert(name).second; ++number)
        name = fmt::format("{}-{}", file.stem().string(), number);
      names_.push_back(std::move(name));
    }
  }

  void work() {
    for (std::size_t i = next_++; i < files_.size() && !stop_.stop_requested(); i = next_++) {
      int failure = 0;
      std::string text;
      try {
        const DetectedText detected = detect_one(config_, arguments_, files_[i], {}, stop_);
        if (arguments_.statistics)
          write_text_file(*arguments_.statistics / (names_[i] + ".stats.csv"), detected.statistics);
        if (arguments_.output) {
          write_text_file(*arguments_.output / (names_[i] + detection_extension(arguments_.format)),
                          detected.text);
        } else {
          text = detected.text;
        }
      } catch (const std::exception& exception) {
        const Error error = to_error(exception);
        if (!stop_.stop_requested()) print_error(fmt::format("heaters: {}", error.what()));
        failure = exit_code(error.kind());
      }
      settle(i, std::move(text), failure);
    }
  }

  // Prints what is next in order.
  void settle(std::size_t index, std::string text, int failure) {
    const std::lock_guard lock(mutex_);
    if (first_failure_ == 0) first_failure_ = failure;
    texts_[index] = std::move(text);
    progress_.update(static_cast<std::int64_t>(++done_));
    for (; printed_ < texts_.size() && texts_[printed_]; ++printed_) {
      const std::string& next = *texts_[printed_];
      if (next.empty()) continue;
      if (arguments_.format == "table")
        print(fmt::format("{}{}\n", has_printed_ ? "\n" : "", files_[printed_].string()));
      // One header for all.
      const bool has_header = arguments_.format == "csv" && has_printed_;
      print(has_header ? std::string_view(next).substr(next.find('\n') + 1) : std::string_view(next));
      has_printed_ = true;
    }
  }

  const Config& config_;
  DetectArguments arguments_;
  const std::vector<fs::path> files_;
  const std::stop_token& stop_;
  std::vector<std::string> names_;
  std::atomic<std::size_t> next_ = 0;

  std::mutex mutex_;  // of what follows
  ProgressThrottle progress_;
  std::vector<std::optional<std::string>> texts_;
  std::size_t done_ = 0;
  std::size_t printed_ = 0;
  bool has_printed_ = false;
  int first_failure_ = 0;
};

}  // namespace

int run_detect(const Config& config, const DetectArguments& arguments, const std::stop_token& stop) {
  if (arguments.options.level > 0 && arguments.options.method == shots::Method::Window) {
    throw Error(ErrorKind::InvalidInput, "detect shots: --level is of classic detectors (--detector)");
  }
  if (arguments.inputs == std::vector<std::string>{"-"}) return run_stream(config, arguments, stop);
  DetectInputs inputs = find_detect_inputs(arguments.inputs);
  if (!inputs.are_many) return run_single(config, arguments, inputs.files.front(), stop);
  return ManyFiles(config, arguments, std::move(inputs.files), stop).run();
}

}  // namespace heaters::app
