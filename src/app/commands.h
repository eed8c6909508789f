#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/dataset_writer.h"
#include "catalog/clip_list.h"
#include "jobs/job.h"
#include "media/clip_export.h"
#include "media/still_export.h"
#include "stages/detect.h"
#include "storage/store.h"

namespace heaters::app {

// The commands of the program, with what the command line gave them. Each returns the exit code; failures
// that end the whole command are thrown.

struct IngestArguments {
  std::vector<std::string> files;
  bool json = false;
  bool again = false;     // another video of bytes that are here already
  bool wait = false;      // with a shared database: until workers elsewhere are done
  bool work = false;      // with a shared database: the jobs are run here too
  bool playlist = false;  // of a URL: each video that it names, in its order
  int playlist_limit = 50;
};
int run_ingest(const Config& config, const IngestArguments& arguments, const std::stop_token& stop);

struct DetectArguments {
  std::vector<std::string> inputs;              // files, folders, patterns, "-", or the id of a video
  std::string format = "table";                 // "json", "html", or one of exchange::timeline_formats()
  std::optional<std::filesystem::path> output;  // stdout when absent; a folder when there are many inputs
  stages::DetectOptions options;
  std::optional<std::filesystem::path> statistics;  // where what is known of each frame is written; as output
  int jobs = 1;                                     // files at a time
};
int run_detect(const Config& config, const DetectArguments& arguments, const std::stop_token& stop);

struct VideosArguments {
  bool json = false;
  int limit = 100;
  int offset = 0;
  std::string video_id;  // of `show`
};
int run_videos_list(const Config& config, const VideosArguments& arguments);
int run_videos_show(const Config& config, const VideosArguments& arguments);

struct ClipsArguments {
  bool json = false;
  std::vector<std::string> video_ids;
  std::string format = "table";  // "json", or one of exchange::timeline_formats()
  std::optional<catalog::Decision> decision;
  bool is_non_drop = false;
  std::optional<std::filesystem::path> output;  // stdout when absent
};
int run_clips_list(const Config& config, const ClipsArguments& arguments);

struct ExportArguments {
  std::vector<std::string> what;  // a file, the id of a video, or ids of clips
  std::vector<FrameSpan> spans;   // empty: clips
  bool all_clips = false;         // not only approved ones
  bool joins_groups = false;      // a group of clips is one file
  bool is_whole_video = false;    // not its clips
  media::ExportFormat format = media::ExportPreset::Source;
  std::string storage_class;    // of the stored files; empty: the store's own
  bool estimates_only = false;  // of masters: tell their size, make nothing
  bool restores = false;        // from an archive class
  int restore_days = 7;
  storage::RestoreTier restore_tier = storage::RestoreTier::Standard;
  std::optional<std::filesystem::path> directory;  // where files are put
  bool overwrite = false;
  std::optional<DatasetLayout> dataset;  // needs `directory`
  bool verify = false;                   // prove what was exported again, make nothing
  bool wait = false;
  bool work = false;
  bool json = false;
};
int run_export(const Config& config, const ExportArguments& arguments, const std::stop_token& stop);

struct StillsArguments {
  std::vector<std::string> what;  // as of export
  std::vector<FrameSpan> spans;
  bool all_clips = false;
  media::StillOptions stills;
  std::filesystem::path directory = ".";
  bool json = false;
};
int run_stills(const Config& config, const StillsArguments& arguments, const std::stop_token& stop);

struct SearchArguments {
  std::string what;                  // the id of a clip, an image file, or words
  std::optional<std::string> model;  // nullopt: the default
  bool duplicates = false;
  double least_likeness = 0.92;  // of duplicates
  catalog::ClipFilter filter;
  std::size_t limit = 20;
  std::size_t offset = 0;
  bool json = false;
};
int run_search(const Config& config, const SearchArguments& arguments, const std::stop_token& stop);

struct EmbedArguments {
  std::string model;  // a file, or the name of a registered one; empty: looks and all that are registered
  std::string name;   // of a new one; empty: that of its file
  std::optional<media::StillStrategy> strategy;  // of a new one; nullopt: midpoint
  bool becomes_default = false;                  // once all clips are embedded
  bool json = false;
};
int run_embed(const Config& config, const EmbedArguments& arguments, const std::stop_token& stop);

struct ModelsArguments {
  std::string name;  // of `default` and `remove`
  bool json = false;
};
int run_models_list(const Config& config, const ModelsArguments& arguments);
int run_models_default(const Config& config, const ModelsArguments& arguments);
int run_models_remove(const Config& config, const ModelsArguments& arguments);

struct WorkerArguments {
  std::string queues;  // "acquire=4,ingest=1"; empty: as configured
  std::optional<std::chrono::milliseconds> idle_exit;
  std::string pool_worker;          // as which worker of a pool it was started; empty: by somebody else
  std::string pool_place_variable;  // or the variable that says where it is, which the pool knows it by
};
int run_worker(const Config& config, const WorkerArguments& arguments, const std::stop_token& stop);

struct ServeArguments {
  std::optional<std::string> address;
  std::optional<int> port;   // 0: any that is free
  bool is_working = true;    // runs jobs too
  std::string queues;        // as of the worker
  std::filesystem::path ui;  // of the user interface's files; empty: where they were installed
};
int run_serve(const Config& config, const ServeArguments& arguments, const std::stop_token& stop);

struct JobsArguments {
  bool json = false;
  int limit = 100;
  std::string state;  // empty: any
  std::string queue;
  jobs::JobId id = 0;
  int max_running = 1;  // of `scale`
};
int run_jobs_list(const Config& config, const JobsArguments& arguments);
int run_jobs_show(const Config& config, const JobsArguments& arguments);
int run_jobs_retry(const Config& config, const JobsArguments& arguments);
int run_jobs_cancel(const Config& config, const JobsArguments& arguments);
int run_jobs_pause(const Config& config, const JobsArguments& arguments);
int run_jobs_resume(const Config& config, const JobsArguments& arguments);
int run_jobs_scale(const Config& config, const JobsArguments& arguments);

struct PoolsArguments {
  bool json = false;
  std::string name;
  std::optional<int> min;
  std::optional<int> max;
  bool resumes = false;
  bool waits = false;  // until no worker is left
};
int run_pools_list(const Config& config, const PoolsArguments& arguments);
int run_pools_set(const Config& config, const PoolsArguments& arguments);
int run_pools_drain(const Config& config, const PoolsArguments& arguments, const std::stop_token& stop);
int run_pools_run(const Config& config, const std::stop_token& stop);

struct CostArguments {
  std::string video_id;  // empty: all
  bool json = false;
};
int run_cost(const Config& config, const CostArguments& arguments);

// What a server says at /metrics, but for what is the server's own.
int run_metrics(const Config& config);

struct GcArguments {
  bool is_dry_run = true;
  bool json = false;
  // Longer than any upload takes: an object can be as old as the beginning of its upload.
  std::chrono::milliseconds grace{86'400'000};
};
int run_gc(const Config& config, const GcArguments& arguments);

struct DoctorArguments {
  bool json = false;
};
int run_doctor(const Config& config, const DoctorArguments& arguments);

}  // namespace heaters::app
