#include "app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <thread>

#include "app/command_tree.h"
#include "app/commands.h"
#include "app/operator_commands.h"
#include "app/output.h"
#include "app/signal_watcher.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "exchange/timeline_format.h"
#include "media/av_log.h"
#include "storage/storage_class.h"

namespace heaters::app {

namespace {

// What flags say; laid over the configuration after it has been read.
struct Flags {
  std::optional<std::string> home;
  std::optional<std::string> config;
  bool verbose = false;
  std::optional<float> threshold;
  std::optional<FrameNumber> min_shot;

  Config load() const {
    Config loaded = load_config(config ? std::optional<std::filesystem::path>(*config) : std::nullopt);
    if (home) loaded.home = *home;
    if (threshold) loaded.ingest.shots.threshold = *threshold;
    if (min_shot) loaded.ingest.shots.min_shot = *min_shot;
    return loaded;
  }
};

void add_home(CLI::App& command, Flags& flags) {
  command.add_option("--home", flags.home, "Folder of the database, the store and the workspace");
}

void add_shot_options(CLI::App& command, Flags& flags) {
  const auto share = [](const std::string& text) {
    double value = 0;
    const bool fits = CLI::detail::lexical_cast(text, value) && value >= 0 && value <= 1;
    return fits ? std::string() : std::string("must be a number from 0 to 1");
  };
  command
      .add_option("--threshold", flags.threshold,
                  "Least score of a cut, 0 to 1: lower finds more (default 0.5)")
      ->check(share);
  command
      .add_option_function<float>(
          "--sensitivity", [&](float sensitivity) { flags.threshold = 1 - sensitivity; },
          "The same the other way round: 0 finds none, 1 finds all that may be one")
      ->check(share)
      ->excludes("--threshold");
  command
      .add_option(
          "--min-shot", flags.min_shot,
          "Shortest shot in frames; of two boundaries that are closer the weaker is dropped (default 1)")
      ->check(CLI::Range(1, 1'000'000));
}

// Those of a command's own, and those of every timeline.
void add_timeline_format(CLI::App& command, std::string& format, std::vector<std::string> names) {
  for (const auto& each : exchange::timeline_formats()) names.emplace_back(each.name);
  command.add_option("--format", format, fmt::format("{} (default table)", fmt::join(names, ", ")))
      ->transform(CLI::IsMember(names, CLI::ignore_case))
      ->type_name("FORMAT");
}

Action add_ingest(CLI::App& app, Flags& flags, IngestArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("ingest", "Take videos in: shots, proxy, filmstrip, frame table; stored once");
  command->add_option("FILE", arguments.files, "Video files, and URLs (http, https)")->required();
  command->add_flag("--json", arguments.json, "One JSON object per file and line on stdout");
  command->add_flag("--again", arguments.again, "Make another video of bytes that are here already");
  command->add_flag("--wait", arguments.wait,
                    "With DATABASE_URL: wait until workers elsewhere are done, showing their progress");
  command->add_flag("--work", arguments.work, "With DATABASE_URL: run the jobs here too, and wait");
  command->add_flag("--playlist", arguments.playlist, "Take in each video of a playlist, in its order");
  command->add_option("--playlist-limit", arguments.playlist_limit, "Most videos of a playlist (default 50)")
      ->check(CLI::Range(1, 10'000));
  add_home(*command, flags);
  add_shot_options(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_ingest(config, arguments, stop); };
}

Action add_detect(CLI::App& app, Flags& flags, DetectArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("detect", "Find the shots of a file; keeps nothing");
  command
      ->add_option("FILE", arguments.inputs,
                   "Video files, folders of them, patterns, - for standard input, or the id of a video: "
                   "then nothing is decoded again")
      ->required();
  add_home(*command, flags);
  add_timeline_format(*command, arguments.format, {"table", "json", "html"});
  command->add_option("-o,--output", arguments.output,
                      "File to write instead of stdout; of several videos the folder");
  command->add_option("--stats", arguments.statistics,
                      "CSV file to write with what is known of every frame; of several videos the folder");
  command
      ->add_option_function<std::string>(
          "--detector",
          [&](const std::string& name) { arguments.options.method = shots::parse_method(name); },
          "window (default), or a classic one: content, adaptive, hash, histogram, threshold")
      ->type_name("NAME");
  command
      ->add_option("--level", arguments.options.level,
                   "What a classic detector compares with (default: its own)")
      ->check(CLI::PositiveNumber);
  arguments.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  command->add_option("--jobs", arguments.jobs, "Files at a time (default: one per core)")
      ->check(CLI::Range(1, 256));
  command->add_flag("--guided,!--every-frame", arguments.options.is_guided,
                    "Decode what keyframes and packet sizes leave in doubt (default), or every frame");
  add_shot_options(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_detect(config, arguments, stop); };
}

void add_videos(CLI::App& app, Flags& flags, VideosArguments& arguments, std::vector<Selected>& commands) {
  CLI::App* videos = app.add_subcommand("videos", "Look at videos");
  videos->require_subcommand(1);
  CLI::App* list = videos->add_subcommand("list", "Videos, newest first");
  list->add_flag("--json", arguments.json, "JSON on stdout");
  list->add_option("--limit", arguments.limit, "Most videos to list (default 100)")
      ->check(CLI::Range(1, 100'000));
  list->add_option("--offset", arguments.offset, "Videos to pass over")->check(CLI::NonNegativeNumber);
  add_home(*list, flags);
  CLI::App* show = videos->add_subcommand("show", "Everything about one video");
  show->add_option("VIDEO", arguments.video_id, "Id of the video")->required();
  show->add_flag("--json", arguments.json, "One line of JSON");
  add_home(*show, flags);
  commands.push_back(
      {list, [&](const Config& c, const std::stop_token&) { return run_videos_list(c, arguments); }});
  commands.push_back(
      {show, [&](const Config& c, const std::stop_token&) { return run_videos_show(c, arguments); }});
}

void add_clips(CLI::App& app, Flags& flags, ClipsArguments& arguments, std::vector<Selected>& commands) {
  CLI::App* clips = app.add_subcommand("clips", "Look at clips");
  clips->require_subcommand(1);
  CLI::App* list =
      clips->add_subcommand("list", "The clips of videos, also for editors' programs and data sets");
  list->add_option("VIDEO", arguments.video_ids, "Ids of videos")->required();
  list->add_flag("--json", arguments.json, "JSON on stdout");
  add_timeline_format(*list, arguments.format, {"table", "json"});
  list->add_option_function<std::string>(
          "--decision", [&](const std::string& name) { arguments.decision = catalog::parse_decision(name); },
          "Only those: approved, skipped or archived")
      ->check(CLI::IsMember(std::vector<std::string>{"approved", "skipped", "archived"}))
      ->type_name("DECISION");
  list->add_flag("--non-drop", arguments.is_non_drop, "Timecodes of 29.97 and 59.94 count every label");
  list->add_option("-o,--output", arguments.output, "File to write instead of stdout");
  add_home(*list, flags);
  commands.push_back(
      {list, [&](const Config& c, const std::stop_token&) { return run_clips_list(c, arguments); }});
}

// "120:240", the frames [120, 240).
std::optional<FrameSpan> parse_span(const std::string& text) {
  const auto colon = text.find(':');
  FrameSpan span;
  if (colon == std::string::npos || !CLI::detail::lexical_cast(text.substr(0, colon), span.begin) ||
      !CLI::detail::lexical_cast(text.substr(colon + 1), span.end) || span.begin < 0 ||
      span.begin >= span.end) {
    return std::nullopt;
  }
  return span;
}

void add_frames(CLI::App& command, std::vector<FrameSpan>& spans) {
  command
      .add_option_function<std::vector<std::string>>(
          "--frames",
          [&](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) spans.push_back(*parse_span(text));
          },
          "Frames from BEGIN up to END, which is not among them; instead of clips. May be repeated")
      ->check([](const std::string& text) {
        return parse_span(text) ? std::string() : std::string("must be BEGIN:END, frame numbers from 0");
      })
      ->type_name("BEGIN:END");
}

void add_export_output(CLI::App& command, ExportArguments& arguments) {
  command.add_option("-o,--output", arguments.directory, "Folder for the files");
  command.add_flag("--overwrite", arguments.overwrite, "Replace files of the same names there");
  command.add_flag("--verify", arguments.verify, "Prove again what was exported; makes nothing");
  command.add_flag("--json", arguments.json, "One JSON object per file and line on stdout");
  command.add_flag("--wait", arguments.wait, "With DATABASE_URL: wait until workers elsewhere are done");
  command.add_flag("--work", arguments.work, "With DATABASE_URL: run the jobs here too, and wait");
}

Action add_export(CLI::App& app, Flags& flags, ExportArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("export", "Cut clips out of their source, exactly, each with its proof");
  command->add_option("WHAT", arguments.what, "A video file, the id of a video, or ids of clips")->required();
  add_frames(*command, arguments.spans);
  command->add_flag("--all", arguments.all_clips, "All clips of a video, not only approved ones");
  command->add_flag("--join", arguments.joins_groups, "One file for each group of clips");
  command
      ->add_option_function<std::string>(
          "--preset", [&](const std::string& name) { arguments.format = *media::parse_export_preset(name); },
          "source (as the source is), web (H.264, AAC) or prores, also called mezzanine (default source)")
      ->check(CLI::IsMember(std::vector<std::string>{"source", "web", "prores", "mezzanine"}))
      ->type_name("PRESET");
  command
      ->add_option_function<std::string>(
          "--dataset", [&](const std::string& name) { arguments.dataset = parse_dataset_layout(name); },
          "With -o: jsonl (files and metadata.jsonl) or webdataset (tar files)")
      ->check(CLI::IsMember(std::vector<std::string>{"jsonl", "webdataset"}))
      ->type_name("LAYOUT");
  add_export_output(*command, arguments);
  add_home(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_export(config, arguments, stop); };
}

void add_master_settings(CLI::App& command, ExportArguments& arguments) {
  command
      .add_option_function<std::string>(
          "--codec",
          [&](const std::string& name) { arguments.format.preset = *media::parse_export_preset(name); },
          "ffv1 (default) or h264-lossless")
      ->check(CLI::IsMember(std::vector<std::string>{"ffv1", "h264-lossless"}))
      ->type_name("CODEC");
  command.add_option("--ffv1-level", arguments.format.master.ffv1_level, "3 (default) or 4")
      ->check(CLI::IsMember(std::vector<int>{3, 4}));
  command
      .add_option("--slicecrc", arguments.format.master.has_slice_crc,
                  "FFV1: 1 (default) with a checksum of each slice, 0 without")
      ->check(CLI::IsMember(std::vector<std::string>{"0", "1"}));
  command
      .add_option_function<std::string>(
          "--audio", [&](const std::string& name) { arguments.format.master.has_pcm_sound = name == "pcm"; },
          "flac (default) or pcm")
      ->check(CLI::IsMember(std::vector<std::string>{"flac", "pcm"}))
      ->type_name("CODEC");
}

void add_archive_options(CLI::App& command, ExportArguments& arguments) {
  static const std::map<std::string, storage::RestoreTier> tiers = {
      {"expedited", storage::RestoreTier::Expedited},
      {"standard", storage::RestoreTier::Standard},
      {"bulk", storage::RestoreTier::Bulk}};
  command
      .add_option("--storage-class", arguments.storage_class,
                  "Of the stored file: " + storage::storage_class_names())
      ->check([](const std::string& name) {
        return storage::find_storage_class(name) != nullptr
                   ? std::string()
                   : "must be one of " + storage::storage_class_names();
      })
      ->type_name("CLASS");
  command.add_flag("--restore", arguments.restores,
                   "Ask for what lies in an archive class; exit code 75 until it can be read");
  command.add_option("--restore-days", arguments.restore_days, "How long it stays readable (default 7)")
      ->check(CLI::Range(1, 365));
  command
      .add_option_function<std::string>(
          "--restore-tier", [&](const std::string& name) { arguments.restore_tier = tiers.at(name); },
          "expedited, standard (default) or bulk")
      ->check(CLI::IsMember(std::vector<std::string>{"expedited", "standard", "bulk"}))
      ->type_name("TIER");
}

Action add_master(CLI::App& app, Flags& flags, ExportArguments& arguments, CLI::App*& command) {
  arguments.format = media::ExportPreset::Ffv1;
  arguments.is_whole_video = true;
  command =
      app.add_subcommand("master", "Make lossless masters, proven to decode to the source's own frames");
  command->add_option("WHAT", arguments.what, "A video file, the id of a video, or ids of clips")->required();
  add_master_settings(*command, arguments);
  add_archive_options(*command, arguments);
  command->add_flag("--estimate", arguments.estimates_only, "Tell about how large it will be; make nothing");
  add_export_output(*command, arguments);
  add_home(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_export(config, arguments, stop); };
}

Action add_stills(CLI::App& app, Flags& flags, StillsArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("stills", "Take pictures out of clips, as large as the source");
  command->add_option("WHAT", arguments.what, "A video file, the id of a video, or ids of clips")->required();
  add_frames(*command, arguments.spans);
  command->add_flag("--all", arguments.all_clips, "All clips of a video, not only approved ones");
  command
      ->add_option_function<std::string>(
          "--strategy",
          [&](const std::string& name) { arguments.stills.strategy = *media::parse_still_strategy(name); },
          "midpoint (default), thirds (25, 50 and 75 %) or sharpest")
      ->check(CLI::IsMember(std::vector<std::string>{"midpoint", "thirds", "sharpest"}))
      ->type_name("STRATEGY");
  command
      ->add_option_function<std::string>(
          "--format",
          [&](const std::string& name) { arguments.stills.format = *media::parse_image_format(name); },
          "jpeg (default), webp or png")
      ->check(CLI::IsMember(std::vector<std::string>{"jpeg", "webp", "png"}))
      ->type_name("FORMAT");
  command
      ->add_option("--size", arguments.stills.most_side,
                   "Pixels of the longer side at most; larger than the source: its own")
      ->check(CLI::Range(16, 32'768));
  command->add_option("-o,--output", arguments.directory, "Folder for the pictures (default .)");
  command->add_flag("--json", arguments.json, "One JSON object per picture and line on stdout");
  add_home(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_stills(config, arguments, stop); };
}

void add_clip_filter(CLI::App& command, catalog::ClipFilter& filter) {
  command
      .add_option_function<std::string>(
          "--video", [&](const std::string& id) { filter.video_id = catalog::VideoId::parse(id); },
          "Clips of this video only")
      ->check([](const std::string& id) {
        return catalog::VideoId::parse(id) ? std::string() : std::string("must be the id of a video");
      })
      ->type_name("VIDEO");
  command
      .add_option_function<std::string>(
          "--decision",
          [&](const std::string& name) {
            filter.decision = catalog::parse_decision(name);
            filter.is_undecided = name == "none";
          },
          "approved, skipped, archived or none")
      ->check(CLI::IsMember(std::vector<std::string>{"approved", "skipped", "archived", "none"}))
      ->type_name("DECISION");
  command.add_option("--min-seconds", filter.least_seconds, "At least so long")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--max-seconds", filter.most_seconds, "At most so long")->check(CLI::NonNegativeNumber);
  const auto is_date = [](const std::string& text) {
    return parse_utc(text.size() == 10 ? text + "T00:00:00Z" : text)
               ? std::string()
               : std::string("must be YYYY-MM-DD or a UTC time");
  };
  const auto to_time = [](const std::string& text) {
    return format_utc(*parse_utc(text.size() == 10 ? text + "T00:00:00Z" : text));
  };
  command
      .add_option_function<std::string>(
          "--after", [&, to_time](const std::string& text) { filter.ingested_after = to_time(text); },
          "Of videos ingested since then")
      ->check(is_date)
      ->type_name("DATE");
  command
      .add_option_function<std::string>(
          "--before", [&, to_time](const std::string& text) { filter.ingested_before = to_time(text); },
          "Of videos ingested before")
      ->check(is_date)
      ->type_name("DATE");
}

Action add_search(CLI::App& app, Flags& flags, SearchArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("search", "Find clips by what they look like");
  command->add_option("WHAT", arguments.what,
                      "The id of a clip, an image file, or words, where the model understands them");
  command->add_option("--model", arguments.model, "Name of a model, or looks, instead of the default");
  command->add_flag("--duplicates", arguments.duplicates, "Groups of clips that are nearly the same");
  command
      ->add_option("--likeness", arguments.least_likeness,
                   "Of duplicates: at least so alike, 0 to 1 (default 0.92)")
      ->check(CLI::Range(0.0, 1.0));
  add_clip_filter(*command, arguments.filter);
  command->add_option("--limit", arguments.limit, "Most clips to find (default 20)")
      ->check(CLI::Range(1, 10'000));
  command->add_option("--offset", arguments.offset, "Clips to pass over")->check(CLI::Range(0, 1'000'000));
  command->add_flag("--json", arguments.json, "JSON on stdout");
  add_home(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_search(config, arguments, stop); };
}

Action add_embed(CLI::App& app, Flags& flags, EmbedArguments& arguments, CLI::App*& command) {
  command = app.add_subcommand("embed", "Make what search needs of clips that lack it");
  command->add_option(
      "--model", arguments.model,
      "By a model only: its file (TorchScript or ONNX), or the name of one that is registered");
  command->add_option("--name", arguments.name, "Name of a new one (default: that of its file)");
  command
      ->add_option_function<std::string>(
          "--strategy",
          [&](const std::string& name) { arguments.strategy = media::parse_still_strategy(name); },
          "Frames of a clip that a new one is shown: midpoint (default), thirds or sharpest")
      ->check(CLI::IsMember(std::vector<std::string>{"midpoint", "thirds", "sharpest"}))
      ->type_name("STRATEGY");
  command->add_flag("--default", arguments.becomes_default,
                    "Search by it from then on, when all clips are embedded");
  command->add_flag("--json", arguments.json, "One line of JSON");
  add_home(*command, flags);
  return
      [&](const Config& config, const std::stop_token& stop) { return run_embed(config, arguments, stop); };
}

void add_models(CLI::App& app, Flags& flags, ModelsArguments& arguments, std::vector<Selected>& commands) {
  CLI::App* models = app.add_subcommand("models", "What clips are searched by");
  models->require_subcommand(1);
  const auto add = [&](const char* name, const char* help,
                       int (*run)(const Config&, const ModelsArguments&)) {
    CLI::App* command = models->add_subcommand(name, help);
    add_home(*command, flags);
    commands.push_back({command, [run, &arguments](const Config& config, const std::stop_token&) {
                          return run(config, arguments);
                        }});
    return command;
  };
  add("list", "Models, and how many clips each has seen", run_models_list)
      ->add_flag("--json", arguments.json, "JSON on stdout");
  add("default", "Search by this one from now on", run_models_default)
      ->add_option("NAME", arguments.name, "Name of a model, or looks")
      ->required();
  add("remove", "Forget a model and what it said of clips", run_models_remove)
      ->add_option("NAME", arguments.name, "Name of a model")
      ->required();
}

// What is made of the command line itself.
void add_descriptions(CLI::App& app, std::string& folder, std::vector<Selected>& commands) {
  CLI::App* completion = app.add_subcommand("completion", "Scripts that make shells complete what is typed");
  completion->require_subcommand(1);
  commands.push_back({completion->add_subcommand("bash", "For bash, and for zsh after `bashcompinit`"),
                      [&app](const Config&, const std::stop_token&) {
                        print(bash_completion(app));
                        return 0;
                      }});
  CLI::App* manual = app.add_subcommand("manual", "Write the manual pages")->group("");
  manual->add_option("FOLDER", folder, "Where to")->required()->check(CLI::ExistingDirectory);
  commands.push_back({manual, [&app, &folder](const Config&, const std::stop_token&) {
                        for (const auto& [name, page] : manual_pages(app, HEATERS_VERSION))
                          write_text_file(std::filesystem::path(folder) / name, page);
                        return 0;
                      }});
}

int parse_and_run(int argc, char** argv, const std::stop_token& stop) {
  CLI::App app("Heaters turns video files into reviewed, searchable, frame-accurate clips.", "heaters");
  app.set_version_flag("--version", "heaters " HEATERS_VERSION);
  app.require_subcommand(1);
  Flags flags;
  app.add_option("--config", flags.config, "Configuration file (default ./heaters.toml)");
  app.add_flag("-v,--verbose", flags.verbose, "Log what happens, to stderr");
  app.fallthrough();

  IngestArguments ingest;
  DetectArguments detect;
  VideosArguments videos;
  ClipsArguments clips;
  ExportArguments exports;
  ExportArguments masters;
  SearchArguments search;
  EmbedArguments embed;
  StillsArguments stills;
  std::vector<Selected> commands(7);
  commands[0].action = add_ingest(app, flags, ingest, commands[0].command);
  commands[1].action = add_detect(app, flags, detect, commands[1].command);
  commands[2].action = add_export(app, flags, exports, commands[2].command);
  commands[3].action = add_master(app, flags, masters, commands[3].command);
  commands[4].action = add_search(app, flags, search, commands[4].command);
  commands[5].action = add_embed(app, flags, embed, commands[5].command);
  commands[6].action = add_stills(app, flags, stills, commands[6].command);
  add_videos(app, flags, videos, commands);
  add_clips(app, flags, clips, commands);
  ModelsArguments models;
  add_models(app, flags, models, commands);
  OperatorArguments operators;
  add_operator_commands(app, operators, [&](CLI::App& command) { add_home(command, flags); }, commands);
  std::string manual_folder;
  add_descriptions(app, manual_folder, commands);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 0 is --help and --version.
    return app.exit(error) == 0 ? 0 : exit_code(ErrorKind::InvalidInput);
  }
  for (const Selected& each : commands) {
    if (!each.command->parsed()) continue;
    // Their log is all that it has to say.
    const std::string name = each.command->get_name();
    const LogLevel usual = name == "worker" || name == "serve" ? LogLevel::Info : LogLevel::Warning;
    set_log_level(flags.verbose ? LogLevel::Debug : usual);
    const Config config = flags.load();
    set_log_format(config.log_format);
    return each.action(config, stop);
  }
  return exit_code(ErrorKind::Internal);
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const SignalWatcher signals;
  media::route_libav_log();
  try {
    return parse_and_run(argc, argv, signals.token());
  } catch (const std::exception& exception) {
    const Error error = to_error(exception);
    print_error(fmt::format("heaters: {}", error.what()));
    return exit_code(error.kind());
  }
}

}  // namespace heaters::app
