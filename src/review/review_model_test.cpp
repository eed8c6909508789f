// Random operations against a model that knows nothing of changes and logs: it keeps whole pictures of the
// video.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <map>
#include <random>
#include <ranges>
#include <thread>

#include "catalog/catalog_test_video.h"
#include "fixtures/databases.h"
#include "review/review.h"

namespace heaters::review {
namespace {

using catalog::Clip;
using catalog::Decision;

constexpr FrameNumber frame_count = 400;

// Sanitizers look at how it is done, not at what comes of it: they need fewer.
#ifdef HEATERS_SANITIZED
constexpr int operation_count = 2'000;
#else
constexpr int operation_count = 10'000;
#endif

class ReviewModelTest : public fixtures::DatabaseTest {
 protected:
  void expect_partition(const std::vector<Clip>& clips) {
    FrameNumber at = 0;
    for (const Clip& clip : clips) {
      ASSERT_EQ(clip.span.begin, at);
      ASSERT_GT(clip.span.end, at);
      at = clip.span.end;
    }
    ASSERT_EQ(at, frame_count);
  }

  catalog::VideoId record() {
    std::vector<FrameNumber> cuts;
    for (FrameNumber frame = 20; frame < frame_count; frame += 20) cuts.push_back(frame);
    return catalog::record_video(*database, cuts, frame_count);
  }
};

constexpr std::array operations = {Operation::Approve, Operation::Skip,  Operation::Archive,
                                   Operation::Merge,   Operation::Group, Operation::Ungroup,
                                   Operation::Split,   Operation::Move};

SeenClip seen(const Clip& clip) {
  return {clip.id, clip.span, clip.decision, clip.is_grouped};
}

// What the operation makes of the clips; nullopt when it does not apply. Written by what a reviewer expects,
// not by how it is done; new ids are taken from `after`.
std::optional<std::vector<Clip>> expected(std::vector<Clip> clips, Operation operation, std::size_t index,
                                          FrameNumber frame) {
  const bool has_previous = index > 0;
  const bool is_next_grouped = index + 1 < clips.size() && clips[index + 1].is_grouped;
  Clip& clip = clips[index];
  const auto decide = [&](Decision decision) -> std::optional<std::vector<Clip>> {
    const bool ungroups = decision != Decision::Approved && (clip.is_grouped || is_next_grouped);
    if (clip.decision == decision && !ungroups) return std::nullopt;
    clip.decision = decision;
    if (ungroups) {
      clip.is_grouped = false;
      if (is_next_grouped) clips[index + 1].is_grouped = false;
    }
    return clips;
  };
  switch (operation) {
    case Operation::Approve:
      return decide(Decision::Approved);
    case Operation::Skip:
      return decide(Decision::Skipped);
    case Operation::Archive:
      return decide(Decision::Archived);
    case Operation::Merge:
      if (!has_previous) return std::nullopt;
      clips[index - 1].span.end = clip.span.end;
      clips[index - 1].decision.reset();
      clips.erase(clips.begin() + static_cast<std::ptrdiff_t>(index));
      return clips;
    case Operation::Group:
      if (!has_previous || clip.is_grouped) return std::nullopt;
      clip.is_grouped = true;
      clip.decision = clips[index - 1].decision = Decision::Approved;
      return clips;
    case Operation::Ungroup:
      if (!clip.is_grouped && !is_next_grouped) return std::nullopt;
      clip.is_grouped = false;
      if (is_next_grouped) clips[index + 1].is_grouped = false;
      return clips;
    case Operation::Split: {
      if (frame <= clip.span.begin || frame >= clip.span.end) return std::nullopt;
      const Clip second{.id = clip.id, .span = {frame, clip.span.end}};
      clip.span.end = frame;
      clip.decision.reset();
      clips.insert(clips.begin() + static_cast<std::ptrdiff_t>(index) + 1, second);
      return clips;
    }
    case Operation::Move:
      if (!has_previous || frame == clip.span.begin || frame <= clips[index - 1].span.begin ||
          frame >= clip.span.end) {
        return std::nullopt;
      }
      clips[index - 1].span.end = clip.span.begin = frame;
      return clips;
    case Operation::Resegment:
      break;
  }
  return std::nullopt;
}

TEST_P(ReviewModelTest, TenThousandOperationsDoWhatTheModelSaysAndAreAllUndone) {
  const auto video = record();
  catalog::Catalog catalog(*database);
  Review review(*database, "anna");
  std::mt19937 random(20261124);
  const auto pick = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };

  const std::vector<Clip> start = catalog.clips(video);
  std::vector<Clip> now = start;
  std::vector<std::vector<Clip>> past;
  std::vector<std::vector<Clip>> future;
  int refused = 0;
  for (int step = 0; step < operation_count; ++step) {
    const std::size_t choice = pick(10);
    try {
      if (choice == 0) {
        review.undo();
        ASSERT_FALSE(past.empty());
        future.push_back(std::exchange(now, past.back()));
        past.pop_back();
      } else if (choice == 1) {
        review.redo();
        ASSERT_FALSE(future.empty());
        past.push_back(std::exchange(now, future.back()));
        future.pop_back();
      } else {
        // Splits are as frequent as merges, or the video would become one clip.
        const Operation operation = operations[pick(operations.size())];
        const std::size_t index = pick(now.size());
        const FrameNumber frame =
            std::max<FrameNumber>(0, now[index].span.begin - 5) +
            static_cast<FrameNumber>(pick(static_cast<std::size_t>(now[index].span.length()) + 8));
        auto wanted = expected(now, operation, index, frame);
        const auto done = review.perform(video, operation, {seen(now[index])}, frame);
        ASSERT_TRUE(wanted.has_value()) << to_string(operation) << " was accepted";
        if (operation == Operation::Split) (*wanted)[index + 1].id = done.changes.back().after->id;
        past.push_back(std::exchange(now, *std::move(wanted)));
        future.clear();
      }
    } catch (const ReviewConflict&) {
      ++refused;
      ASSERT_TRUE(choice != 0 || past.empty());
      ASSERT_TRUE(choice != 1 || future.empty());
    }
    const auto actual = catalog.clips(video);
    ASSERT_EQ(actual, now) << "step " << step;
    expect_partition(actual);
  }
  // The sequence is no good when it mostly bounces off.
  EXPECT_GT(static_cast<int>(past.size()), operation_count / 5);
  EXPECT_GT(refused, operation_count / 20);
  while (!past.empty()) {
    review.undo();
    past.pop_back();
  }
  EXPECT_THROW(review.undo(), ReviewConflict);
  EXPECT_EQ(catalog.clips(video), start);
}

// Replays the log, checking that every entry began where the ones before it had ended.
std::vector<Clip> replay(std::vector<Clip> clips, const std::vector<LoggedDecision>& newest_first) {
  std::map<catalog::ClipId, Clip> state;
  for (const Clip& clip : clips) state.emplace(clip.id, clip);
  for (const LoggedDecision& entry : std::views::reverse(newest_first)) {
    for (const Change& change : entry.changes) {
      if (change.before) {
        const auto found = state.find(change.before->id);
        EXPECT_TRUE(found != state.end() && found->second == *change.before) << "decision " << entry.id;
      }
    }
    for (const Change& change : entry.changes) {
      if (change.before) state.erase(change.before->id);
    }
    for (const Change& change : entry.changes) {
      if (!change.after) continue;
      EXPECT_TRUE(state.emplace(change.after->id, *change.after).second);
    }
  }
  clips.clear();
  for (const auto& [id, clip] : state) clips.push_back(clip);
  std::sort(clips.begin(), clips.end(),
            [](const Clip& a, const Clip& b) { return a.span.begin < b.span.begin; });
  return clips;
}

TEST_P(ReviewModelTest, TwoReviewersInParallelLoseNoDecision) {
  const auto video = record();
  const std::vector<Clip> start = catalog::Catalog(*database).clips(video);
  constexpr int rounds = 400;
  std::atomic<int> accepted = 0;
  std::atomic<int> conflicts = 0;
  std::latch begin(2);
  const auto work = [&](const std::string& reviewer, unsigned seed) {
    const auto connection = connect();
    Review review(*connection, reviewer);
    catalog::Catalog catalog(*connection);
    std::mt19937 random(seed);
    begin.arrive_and_wait();
    auto clips = catalog.clips(video);
    for (int i = 0; i < rounds; ++i) {
      // Often from a state that is old.
      if (random() % 3 == 0) clips = catalog.clips(video);
      try {
        const auto choice = random() % 10;
        if (choice == 0) {
          review.undo();
        } else if (choice == 1) {
          review.redo();
        } else {
          const Clip& clip = clips[random() % clips.size()];
          const FrameNumber frame = clip.span.begin + static_cast<FrameNumber>(random() % 20);
          review.perform(video, operations[random() % operations.size()], {seen(clip)}, frame);
        }
        ++accepted;
      } catch (const ReviewConflict&) {
        ++conflicts;
      }
    }
  };
  {
    std::jthread anna(work, "anna", 1U);
    std::jthread ben(work, "ben", 2U);
  }
  EXPECT_EQ(accepted + conflicts, 2 * rounds);
  EXPECT_GT(accepted, rounds / 4);
  const auto log = Review(*database, "anna").history_of(video, 10 * rounds);
  EXPECT_EQ(static_cast<int>(log.size()), accepted);
  const auto end = catalog::Catalog(*database).clips(video);
  expect_partition(end);
  EXPECT_EQ(replay(start, log), end);
}

INSTANTIATE_TEST_SUITE_P(Databases, ReviewModelTest, testing::ValuesIn(fixtures::databases()),
                         fixtures::database_name);

}  // namespace
}  // namespace heaters::review
