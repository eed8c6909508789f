#include "jobs/signal.h"

namespace heaters::jobs {

namespace {

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

void announce(db::Database& database, const std::string& channel, const std::string& payload) {
  if (database.dialect() != db::Dialect::Postgres) return;
  database.prepare("SELECT pg_notify(?, ?)").bind("public.oban_" + channel).bind(payload).step();
}

std::string insert_payload(const std::string& queue) {
  return dump({{"queue", queue}});
}

std::string pause_payload(const std::string& queue, bool is_paused) {
  return dump({{"action", is_paused ? "pause" : "resume"}, {"ident", "any"}, {"queue", queue}});
}

std::string scale_payload(const std::string& queue, int max_running) {
  return dump({{"action", "scale"}, {"ident", "any"}, {"limit", max_running}, {"queue", queue}});
}

std::string pkill_payload(JobId id) {
  return dump({{"action", "pkill"}, {"job_id", id}});
}

std::optional<Signal> parse_signal(std::string_view payload, const std::string& node) {
  const Json message = Json::parse(payload, nullptr, false);
  if (!message.is_object()) return std::nullopt;
  const std::string ident = text_of(message, "ident");
  if (!ident.empty() && ident != "any" && ident != "Heaters." + node) return std::nullopt;
  const std::string action = text_of(message, "action");
  Signal signal{.action = Signal::Action::Kill, .queue = text_of(message, "queue")};
  if (action == "pkill") {
    signal.job_id = number_of(message, "job_id");
    return signal.job_id > 0 ? std::optional(signal) : std::nullopt;
  }
  if (signal.queue.empty()) return std::nullopt;
  if (action == "pause" || action == "resume") {
    signal.action = action == "pause" ? Signal::Action::Pause : Signal::Action::Resume;
    return signal;
  }
  constexpr std::int64_t most = 10'000;
  const std::int64_t limit = number_of(message, "limit");
  if (action != "scale" || limit < 1 || limit > most) return std::nullopt;
  signal.action = Signal::Action::Scale;
  signal.limit = static_cast<int>(limit);
  return signal;
}

std::string parse_insert(std::string_view payload) {
  const Json message = Json::parse(payload, nullptr, false);
  return message.is_object() ? text_of(message, "queue") : std::string();
}

std::string error_json(int attempt, const std::string& error) {
  return dump({{"at", format_utc(utc_now())}, {"attempt", attempt}, {"error", error}});
}

JobError job_error(const Json& element) {
  const Json object = element.is_string() ? Json::parse(element.get<std::string>(), nullptr, false) : element;
  if (!object.is_object()) return {.at = "", .attempt = 0, .error = dump(element)};
  return {text_of(object, "at"), static_cast<int>(number_of(object, "attempt")), text_of(object, "error")};
}

}  // namespace heaters::jobs
