#include "net/download.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include "base/digest.h"
#include "base/json.h"
#include "base/log.h"
#include "base/redaction.h"
#include "base/retry_wait.h"

namespace heaters::net {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t sniffed_bytes = std::size_t{64} << 10;
constexpr std::uint64_t overlap = 4096;
constexpr std::chrono::milliseconds longest_backoff{20'000};
constexpr const char* user_agent = "heaters/0.1";

struct NotWanted {};
// What is at the URL is not what the part of it that we have is from.
struct HasChanged {};

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop == text.data()) return std::nullopt;
  return value;
}

// "bytes 100-199/1000", RFC 9110 section 14.4.
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::optional<std::uint64_t> total;

  static std::optional<ContentRange> parse(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!text.starts_with(unit)) return std::nullopt;
    text.remove_prefix(unit.size());
    const auto first = parse_number(text);
    const auto dash = text.find('-');
    const auto slash = text.find('/');
    if (!first || dash == std::string_view::npos || slash == std::string_view::npos) return std::nullopt;
    const auto last = parse_number(text.substr(dash + 1));
    if (!last) return std::nullopt;
    return ContentRange{*first, *last, parse_number(text.substr(slash + 1))};
  }
};

// What may go into If-Range.
std::string validator_of(const HttpResponse& response) {
  std::string tag = response.header("etag");
  if (!tag.empty() && !tag.starts_with("W/")) return tag;
  return response.header("last-modified");
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

ErrorKind kind_of_status(int status) {
  if (status == 404 || status == 410) return ErrorKind::NotFound;
  if (status >= 500 || status == 408 || status == 425 || status == 429) return ErrorKind::Unavailable;
  return ErrorKind::InvalidInput;
}

const char* meaning_of_status(int status) {
  if (status >= 500) return "the server has failed";
  switch (status) {
    case 404:
    case 410:
      return "there is nothing at this address";
    case 401:
    case 403:
    case 407:
    case 451:
      return "access is refused";
    case 408:
    case 425:
      return "the server wants it tried again";
    case 429:
      return "the server has had too many requests";
    default:
      return "the server does not give it";
  }
}

}  // namespace

// The file as far as it has come, over all connections of one run.
class Download::Transfer {
 public:
  Transfer(const Download& download, const std::string& url, fs::path file, const Wants& wants,
           const std::function<void(std::uint64_t, std::uint64_t)>& on_progress)
      : options_(download.options_),
        stop_(download.stop_),
        url_(url),
        file_(std::move(file)),
        note_(file_.string() + ".note"),
        wants_(wants),
        on_progress_(on_progress) {
    pick_up();
  }

  std::uint64_t bytes() const { return bytes_; }

  // One walk from the URL over its redirects to an answer. Throws what ends the run, or may be repeated.
  void connect(DownloadResult& result) {
    std::string url = url_;
    for (int i = 0;; ++i) {
      AddressGuard::check_scheme(url);
      if (!options_.proxy.empty()) options_.guard.check_host(url);
      const HttpResponse response = request(url);
      result.url = url;
      result.status = response.status;
      if (!is_redirect(response.status)) return finish(response);
      if (i == options_.most_redirects) {
        throw Error(ErrorKind::InvalidInput,
                    fmt::format("download {}: more than {} redirects", printable_url(url_), i));
      }
      url = resolve_redirect(url, response.header("location"));
    }
  }

  void begin_anew() {
    bytes_ = 0;
    total_.reset();
    validator_.clear();
    file_descriptor_ = FileDescriptor();
    std::error_code ignored;
    fs::remove(file_, ignored);
    fs::remove(note_, ignored);
  }

 private:
  std::string attempt() const { return "download " + printable_url(url_); }

  // What an earlier run left.
  void pick_up() {
    std::error_code none;
    const auto size = fs::file_size(file_, none);
    if (none || !fs::exists(note_, none)) return begin_anew();
    const Json note = Json::parse(read_text_file(note_), nullptr, false);
    if (!note.is_object() || note.value("url_sha256", "") != sha256_hex(url_)) {
      return begin_anew();
    }
    bytes_ = size;
    validator_ = note.value("validator", "");
    if (note.contains("total")) total_ = note["total"].get<std::uint64_t>();
    open_file();
  }

  void open_file() {
    file_descriptor_ =
        FileDescriptor(::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (file_descriptor_.get() < 0) throw system_error(errno, fmt::format("create \"{}\"", file_.string()));
  }

  HttpResponse request(const std::string& url) {
    to_compare_.clear();
    sniffed_.clear();
    is_answered_ = false;
    HttpRequest request{.url = url,
                        .headers = {{"User-Agent", user_agent}},
                        .stall_timeout = options_.stall_timeout,
                        .stop = stop_};
    if (bytes_ > 0) {
      request.headers.emplace_back("Range", fmt::format("bytes={}-", bytes_ - std::min(bytes_, overlap)));
      if (!validator_.empty()) request.headers.emplace_back("If-Range", validator_);
    }
    request.on_head = [this](const HttpResponse& response) { take_head(response); };
    request.on_data = [this](std::span<const std::byte> bytes) { take(bytes); };
    request.proxy = options_.proxy;
    if (options_.proxy.empty()) request.guard = &options_.guard;
    HttpTraffic traffic;
    return client_.send(request, traffic);
  }

  void take_head(const HttpResponse& response) {
    is_answered_ = true;
    if (response.status == 206) {
      const auto range = ContentRange::parse(response.header("content-range"));
      const std::uint64_t wanted = bytes_ - std::min(bytes_, overlap);
      if (!range || range->first != wanted || (total_ && range->total && *total_ != *range->total))
        throw HasChanged();
      const std::string validator = validator_of(response);
      if (!validator.empty() && !validator_.empty() && validator != validator_) throw HasChanged();
      if (!total_) total_ = range->total.value_or(range->last + 1);
      to_compare_.resize(static_cast<std::size_t>(bytes_ - wanted));
      read_at(file_descriptor_, to_compare_, wanted, file_);
    } else {
      begin_anew();
      total_ = parse_number(response.header("content-length"));
      validator_ = validator_of(response);
    }
    if (total_ && *total_ > options_.most_bytes) refuse_size(*total_);
  }

  [[noreturn]] void refuse_size(std::uint64_t size) {
    begin_anew();
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: its {} bytes are more than the {} that may be taken in", attempt(), size,
                            options_.most_bytes));
  }

  void take(std::span<const std::byte> bytes) {
    if (!to_compare_.empty()) {
      const std::size_t length = std::min(bytes.size(), to_compare_.size());
      if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length),
                      to_compare_.begin()))
        throw HasChanged();
      to_compare_.erase(to_compare_.begin(), to_compare_.begin() + static_cast<std::ptrdiff_t>(length));
      bytes = bytes.subspan(length);
    }
    if (file_descriptor_.get() < 0) {
      sniffed_.insert(sniffed_.end(), bytes.begin(), bytes.end());
      if (sniffed_.size() >= sniffed_bytes) decide();
      return;
    }
    keep(bytes);
  }

  // Nothing is written before it is known to be wanted.
  void decide() {
    if (!wants_(sniffed_)) throw NotWanted();
    open_file();
    Json note;
    note["url_sha256"] = sha256_hex(url_);
    note["validator"] = validator_;
    if (total_) note["total"] = *total_;
    write_text_file(note_, note.dump());
    const std::vector<std::byte> first = std::exchange(sniffed_, {});
    keep(first);
  }

  void keep(std::span<const std::byte> bytes) {
    if (bytes_ + bytes.size() > options_.most_bytes) refuse_size(bytes_ + bytes.size());
    write_all(file_descriptor_, bytes, file_);
    bytes_ += bytes.size();
    if (on_progress_) on_progress_(bytes_, total_.value_or(0));
  }

  void finish(const HttpResponse& response) {
    if (response.status == 416 && bytes_ > 0) throw HasChanged();
    if (response.status < 200 || response.status > 299) throw StatusError(response, attempt());
    if (!is_answered_) take_head(response);
    if (file_descriptor_.get() < 0) decide();
    if (total_ && bytes_ != *total_) {
      throw Error(ErrorKind::Unavailable, fmt::format("{}: {} of {} bytes came", attempt(), bytes_, *total_));
    }
    fs::remove(note_);
  }

  const DownloadOptions& options_;
  const std::stop_token& stop_;
  const std::string& url_;
  fs::path file_;
  fs::path note_;
  const Wants& wants_;
  const std::function<void(std::uint64_t, std::uint64_t)>& on_progress_;
  HttpClient client_;
  FileDescriptor file_descriptor_;
  std::uint64_t bytes_ = 0;  // that are in the file
  std::optional<std::uint64_t> total_;
  std::string validator_;
  std::vector<std::byte> to_compare_;
  std::vector<std::byte> sniffed_;
  bool is_answered_ = false;
};

DownloadResult Download::run(const std::string& url, const fs::path& file, const Wants& wants,
                             const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  DownloadResult result;
  Transfer transfer(*this, url, file, wants, on_progress);
  std::uint64_t most = transfer.bytes();  // that were ever there: who begins anew has gained nothing
  for (int failures = 0;;) {
    try {
      transfer.connect(result);
      result.is_wanted = true;
      result.bytes = transfer.bytes();
      return result;
    } catch (const NotWanted&) {
      transfer.begin_anew();
      return result;
    } catch (const HasChanged&) {
      transfer.begin_anew();
      ++failures;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Unavailable) throw;
      failures = transfer.bytes() > most ? 1 : failures + 1;
      most = std::max(most, transfer.bytes());
      // When to come back was said: that is for who waits longer than we do.
      if (failures >= options_.most_failures || error.retry_after()) throw;
      log(LogLevel::Debug, "download.interrupted", {{"bytes", transfer.bytes()}, {"error", error.what()}});
      ++result.resumptions;
    }
    if (failures >= options_.most_failures) {
      throw Error(ErrorKind::Unavailable,
                  fmt::format("download {}: what is there keeps changing", printable_url(url)));
    }
    wait_before_retry(failures, options_.first_backoff, longest_backoff, stop_);
    if (stop_.stop_requested())
      throw Error(ErrorKind::Cancelled, fmt::format("download {}: stopped", printable_url(url)));
  }
}

StatusError::StatusError(const HttpResponse& response, const std::string& attempt)
    : Error(kind_of_status(response.status),
            fmt::format("{}: {} (status {})", attempt, meaning_of_status(response.status), response.status),
            response.retry_after()),
      status_(response.status) {}

}  // namespace heaters::net
