#pragma once

#include <string>
#include <utility>
#include <vector>

namespace heaters::app {

// Jobs at the same time, on one node.
struct QueueSizes {
  int acquire = 4;
  int ingest = 1;
  int publish = 4;
  int export_clips = 1;
  int embed = 1;

  static QueueSizes none() { return {0, 0, 0, 0, 0}; }
};

// "acquire=4,ingest=1": queues that are not named have size 0. Throws InvalidInput.
QueueSizes parse_queue_sizes(const std::string& text);

// The form that parse_queue_sizes reads.
std::string to_text(const QueueSizes& sizes);

// Without the queues that others have a size of.
QueueSizes without(QueueSizes sizes, const QueueSizes& others);

// The queues of the job table that have a size.
std::vector<std::pair<std::string, int>> job_queues(const QueueSizes& sizes);

}  // namespace heaters::app
