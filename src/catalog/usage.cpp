#include "catalog/usage.h"

#include <fmt/format.h>

#include <array>

namespace heaters::catalog {

namespace {
constexpr std::array names = {"put_requests",    "get_requests",  "head_requests",  "list_requests",
                              "delete_requests", "bytes_sent",    "bytes_received", "cpu_seconds",
                              "wall_seconds",    "queue_seconds", "frames_decoded", "frames_encoded"};
}

Usage& Usage::operator+=(const Usage& other) {
  store += other.store;
  cpu_seconds += other.cpu_seconds;
  wall_seconds += other.wall_seconds;
  queue_seconds += other.queue_seconds;
  frames_decoded += other.frames_decoded;
  frames_encoded += other.frames_encoded;
  return *this;
}

std::string usage_columns(std::string_view form) {
  std::string list;
  for (const char* name : names) {
    if (!list.empty()) list += ", ";
    list += fmt::format(fmt::runtime(form), name);
  }
  return list;
}

void bind_usage(db::Statement& statement, const Usage& usage) {
  statement.bind(usage.store.put_requests)
      .bind(usage.store.get_requests)
      .bind(usage.store.head_requests)
      .bind(usage.store.list_requests)
      .bind(usage.store.delete_requests)
      .bind(usage.store.bytes_sent)
      .bind(usage.store.bytes_received)
      .bind(usage.cpu_seconds)
      .bind(usage.wall_seconds)
      .bind(usage.queue_seconds)
      .bind(usage.frames_decoded)
      .bind(usage.frames_encoded);
}

Usage usage_at(const db::Statement& row, int first_column) {
  const int at = first_column;
  return {.store = {.put_requests = row.integer(at),
                    .get_requests = row.integer(at + 1),
                    .head_requests = row.integer(at + 2),
                    .list_requests = row.integer(at + 3),
                    .delete_requests = row.integer(at + 4),
                    .bytes_sent = row.integer(at + 5),
                    .bytes_received = row.integer(at + 6)},
          .cpu_seconds = row.real(at + 7),
          .wall_seconds = row.real(at + 8),
          .queue_seconds = row.real(at + 9),
          .frames_decoded = row.integer(at + 10),
          .frames_encoded = row.integer(at + 11)};
}

}  // namespace heaters::catalog
