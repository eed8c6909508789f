// What commands cost in the pool of long-lived workers. Usage: worker_bench PYTHON_FOLDER OUTPUT_FOLDER
// URL... Prints one JSON object: "dispatch_ms" of 500 commands that do nothing, "seconds" for yt-dlp to
// download the URLs on four threads in a pool of two, which is warm, and "processes" started.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <thread>

#include "net/address_guard.h"
#include "sidecar/worker_pool.h"
#include "stopwatch.h"

namespace {

using namespace heaters;

Json dispatch(sidecar::WorkerPool& pool) {
  constexpr int count = 500;
  std::vector<double> took;
  took.reserve(count);
  for (int i = 0; i < count; ++i) {
    const auto begin = Clock::now();
    pool.run({.task = "yt-dlp.nothing"}, {}, {});
    took.push_back(1000 * seconds_since(begin));
  }
  std::sort(took.begin(), took.end());
  return {{"p50", took[count / 2]}, {"p99", took[count * 99 / 100]}};
}

double download(sidecar::WorkerPool& pool, const std::filesystem::path& folder,
                const std::vector<std::string>& urls) {
  std::atomic<std::size_t> next = 0;
  const auto begin = Clock::now();
  {
    constexpr std::size_t lanes = 4;
    std::vector<std::jthread> threads;
    threads.reserve(lanes);
    for (std::size_t i = 0; i < lanes; ++i) {
      threads.emplace_back([&] {
        for (std::size_t mine = next++; mine < urls.size(); mine = next++) {
          const auto own = folder / std::to_string(mine);
          std::filesystem::create_directories(own);
          pool.run({"yt-dlp.download", {{"url", urls[mine]}, {"folder", own.string()}}}, {}, {});
        }
      });
    }
  }
  return seconds_since(begin);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: worker_bench PYTHON_FOLDER OUTPUT_FOLDER URL...\n", stderr);
    return 2;
  }
  try {
    sidecar::PoolOptions options{
        .command = {"/usr/bin/python3", "-m", "heaters_worker", "heaters_worker.ytdlp"},
        .environment = {"PATH=/usr/bin:/bin", std::string("PYTHONPATH=") + argv[1]}};
    options.configuration["guard"] = net::AddressGuard({.allow_private = true}).rules();
    options.recycle_after = 100'000;
    sidecar::WorkerPool pool(options);
    const auto begin = Clock::now();
    pool.hello({});
    Json json;
    json["first_start_ms"] = 1000 * seconds_since(begin);
    json["dispatch_ms"] = dispatch(pool);
    json["seconds"] = download(pool, argv[2], {argv + 3, argv + argc});
    json["processes"] = pool.started();
    std::puts(json.dump(2).c_str());
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "worker_bench: %s\n", exception.what());
    return 1;
  }
  return 0;
}
