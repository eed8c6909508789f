// Requests as they come from outside, to the whole API over a database of its own: method and target in a
// line, a header in each that follows, then an empty line and the body. Whatever they say, the answer is one
// that the sender earned, a part of a file lies within it, and the clips stay a partition.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "catalog/catalog.h"
#include "db/migrations.h"
#include "jobs/queue.h"
#include "storage/keys.h"
#include "storage/local_store.h"
#include "storage/workspace.h"
#include "web/api.h"

namespace {

using namespace heaters;

constexpr FrameNumber frame_count = 100;
// The seeds name it: fuzz/run.
constexpr std::string_view video_text = "01jdzzzzzzzzzzzzzzzzzzzzzz";

[[noreturn]] void found(std::string_view what) {
  log(LogLevel::Error, what);
  std::abort();
}

catalog::IngestedVideo ingested_video(const FileDigest& object) {
  const std::string id(video_text);
  catalog::Video video{.id = *catalog::VideoId::parse(id)};
  video.title = "a.mp4";
  video.source_sha256 = object.sha256;
  video.source_bytes = object.bytes;
  video.container = "mp4";
  video.video_codec = "h264";
  video.width = video.height = 16;
  video.frame_count = frame_count;
  video.time_base = video.frame_rate = {25, 1};
  video.duration_seconds = 4;
  video.proxy_rung = "reuse";
  video.proxy_key = storage::video_key(id, "source.mp4");
  video.decode_passes = 1;
  return {.video = video,
          .artifacts = {{.key = video.proxy_key,
                         .kind = "source",
                         .bytes = object.bytes,
                         .sha256 = object.sha256,
                         .made_by = "fuzz"}},
          .cuts = {{30, "cut", 0.5}, {60, "cut", 0.7}},
          .keyframes = {}};
}

// A server without its sockets.
class Api {
 public:
  Api() {
    set_log_level(LogLevel::Error);
    const auto file = directory_.path() / "object";
    write_text_file(file, std::string(1000, 'x'));
    const FileDigest object =
        store_->put(storage::video_key(std::string(video_text), "source.mp4"), file, {});
    const auto database = db::open(fresh_.string());
    db::migrate(*database);
    jobs::make_queue(*database);
    db::Transaction transaction(*database);
    catalog::Catalog(*database).record(ingested_video(object));
    // Names that seeds can know: the first clip's ends in 00.
    database->execute("UPDATE cuts SET id = substr(video_id, 1, 24) || printf('%02d', frame)");
    transaction.commit();
  }

  web::Response answer(web::Request& request) {
    if (!database_) begin_anew();
    if (access_.refusal(request)) return web::empty_response(403);
    request.principal = access_.identify(request);
    const web::RouteMatch match = router_.match(request);
    if (match.route == nullptr) return web::empty_response(404);
    // Every input finds the same rows, or what it found could not be found again.
    is_changed_ = is_changed_ || request.method != "GET";
    try {
      if (match.route->handle) return match.route->handle(request, *database_);
      const auto sink = match.route->receive(request, *database_);
      sink->write(request.body);
      return sink->finish();
    } catch (const std::exception& exception) {
      return web::error_response(exception);
    }
  }

  bool is_partition() {
    FrameNumber at = 0;
    for (const auto& clip : catalog::Catalog(*database_).clips(*catalog::VideoId::parse(video_text))) {
      if (clip.span.begin != at || clip.span.end <= at) return false;
      at = clip.span.end;
    }
    return at == frame_count;
  }

  void end() {
    if (is_changed_) database_.reset();
    is_changed_ = false;
  }

 private:
  void begin_anew() {
    const auto file = directory_.path() / "database";
    for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + ending);
    std::filesystem::copy_file(fresh_, file);
    database_ = db::open(file.string());
  }

  TemporaryDirectory directory_;
  std::filesystem::path fresh_ = directory_.path() / "fresh";
  std::shared_ptr<storage::Store> store_ = std::make_shared<storage::LocalStore>(directory_.path() / "store");
  storage::Workspace workspace_{directory_.path() / "workspace", 1U << 20};
  web::Uploads uploads_{directory_.path() / "uploads", {.most_bytes = 1U << 20}};
  web::Access access_{{}};
  web::RequestCounts requests_;
  // Never started: no model is registered.
  sidecar::WorkerPool encoders_{sidecar::PoolOptions{}};
  web::ApiServices services_{
      .store = store_,
      .open_store = [this] { return std::make_unique<storage::LocalStore>(directory_.path() / "store"); },
      .workspace = workspace_,
      .uploads = uploads_,
      .access = access_,
      .requests = requests_,
      .encoders = encoders_};
  web::Router router_{web::api_routes(services_)};
  std::unique_ptr<db::Database> database_;
  bool is_changed_ = false;
};

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

// nullopt when the target is malformed.
std::optional<web::Request> parse_request(std::string_view text) {
  web::Request request;
  const std::string_view line = take_line(text);
  const auto space = line.find(' ');
  request.method = line.substr(0, space);
  if (!web::parse_target(space == std::string_view::npos ? "" : line.substr(space + 1), request)) return {};
  request.headers["host"] = "127.0.0.1";
  request.headers["content-type"] = "application/json";
  for (std::string_view header = take_line(text); !header.empty(); header = take_line(text)) {
    const auto colon = header.find(':');
    if (colon == std::string_view::npos) continue;
    request.headers[lower_case(std::string(header.substr(0, colon)))] = trimmed(header.substr(colon + 1));
  }
  request.body = text;
  return request;
}

void check(const web::Response& response) {
  if (response.status == 500) found("an answer that nobody expected");
  if (const auto* file = std::get_if<web::FileBody>(&response.body)) {
    if (file->span.begin > file->span.end || file->span.end > 1000) found("a part outside of its file");
  }
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    const bool is_json = !text->empty() && text->front() == '{';
    if (is_json && Json::parse(*text, nullptr, false).is_discarded()) found("an answer that is no JSON");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto* const api = new Api;
  auto request = parse_request({reinterpret_cast<const char*>(data), size});
  if (!request) return 0;
  check(api->answer(*request));
  if (!api->is_partition()) found("clips that are no partition");
  api->end();
  return 0;
}
