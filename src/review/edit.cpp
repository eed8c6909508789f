#include "review/edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace heaters::review {

using catalog::Clip;
using catalog::ClipId;
using catalog::Decision;

namespace {

constexpr std::array<std::pair<Operation, std::string_view>, 9> names{{{Operation::Approve, "approve"},
                                                                       {Operation::Skip, "skip"},
                                                                       {Operation::Archive, "archive"},
                                                                       {Operation::Merge, "merge"},
                                                                       {Operation::Group, "group"},
                                                                       {Operation::Ungroup, "ungroup"},
                                                                       {Operation::Split, "split"},
                                                                       {Operation::Move, "move"},
                                                                       {Operation::Resegment, "resegment"}}};

// Clips before the edit, and what becomes of them.
class Editing {
 public:
  explicit Editing(const std::vector<Clip>& clips) : before_(clips) {
    for (const Clip& clip : clips) after_.emplace(clip.span.begin, clip);
  }

  std::size_t find(const ClipId& id) const {
    const auto at = std::find_if(before_.begin(), before_.end(), [&](const Clip& c) { return c.id == id; });
    HEATERS_CHECK(at != before_.end());
    return static_cast<std::size_t>(at - before_.begin());
  }

  const Clip& clip(std::size_t index) const { return before_[index]; }
  const Clip* previous(std::size_t index) const { return index > 0 ? &before_[index - 1] : nullptr; }
  const Clip* next(std::size_t index) const {
    return index + 1 < before_.size() ? &before_[index + 1] : nullptr;
  }

  // The clip as it becomes. Its begin is what it is found by, so only replace() may change it.
  Clip& after(const Clip& clip) { return after_.at(clip.span.begin); }
  void remove(const Clip& clip) { after_.erase(clip.span.begin); }
  void add(const Clip& clip) { after_.emplace(clip.span.begin, clip); }
  void replace(const Clip& clip, const Clip& by) {
    remove(clip);
    add(by);
  }

  // Clips that are not the same any more, in the order in which they were, then the new ones.
  std::vector<Change> changes() const {
    std::vector<Change> changes;
    std::map<ClipId, const Clip*> left;
    for (const auto& [begin, clip] : after_) left.emplace(clip.id, &clip);
    for (const Clip& clip : before_) {
      const auto found = left.find(clip.id);
      if (found == left.end()) {
        changes.push_back({clip, std::nullopt});
        continue;
      }
      if (*found->second != clip) changes.push_back({clip, *found->second});
      left.erase(found);
    }
    for (const auto& [begin, clip] : after_) {
      if (left.contains(clip.id)) changes.push_back({std::nullopt, clip});
    }
    return changes;
  }

 private:
  const std::vector<Clip>& before_;
  std::map<FrameNumber, Clip> after_;
};

[[noreturn]] void refuse(Operation operation, const Clip& clip, const std::string& why) {
  throw Error(ErrorKind::Conflict, fmt::format("{} frames [{}, {}): {}", to_string(operation),
                                               clip.span.begin, clip.span.end, why));
}

void leave_group(Editing& editing, std::size_t index) {
  editing.after(editing.clip(index)).is_grouped = false;
  if (const Clip* next = editing.next(index)) editing.after(*next).is_grouped = false;
}

void decide(const Edit& edit, Editing& editing, Decision decision) {
  for (const ClipId& id : edit.clips) {
    const std::size_t index = editing.find(id);
    // What is not kept is not kept together with anything.
    if (decision != Decision::Approved) leave_group(editing, index);
    editing.after(editing.clip(index)).decision = decision;
  }
  if (editing.changes().empty()) {
    refuse(edit.operation, editing.clip(editing.find(edit.clips.front())),
           fmt::format("it is {} already", catalog::to_string(decision)));
  }
}

const Clip& previous_or_refuse(const Edit& edit, const Editing& editing, std::size_t index) {
  const Clip* const previous = editing.previous(index);
  if (previous == nullptr) refuse(edit.operation, editing.clip(index), "no clip is before it");
  return *previous;
}

void merge(const Edit& edit, Editing& editing, std::size_t index) {
  const Clip& clip = editing.clip(index);
  Clip& merged = editing.after(previous_or_refuse(edit, editing, index));
  merged.span.end = clip.span.end;
  merged.decision.reset();
  editing.remove(clip);
}

void group(const Edit& edit, Editing& editing, std::size_t index) {
  const Clip& clip = editing.clip(index);
  Clip& previous = editing.after(previous_or_refuse(edit, editing, index));
  if (clip.is_grouped) refuse(edit.operation, clip, "it is grouped with the clip before it already");
  Clip& grouped = editing.after(clip);
  grouped.is_grouped = true;
  grouped.decision = previous.decision = Decision::Approved;
}

void ungroup(const Edit& edit, Editing& editing, std::size_t index) {
  leave_group(editing, index);
  if (editing.changes().empty()) refuse(edit.operation, editing.clip(index), "it is in no group");
}

FrameNumber frame_of(const Edit& edit) {
  if (!edit.frame) {
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: no frame was named", to_string(edit.operation)));
  }
  return *edit.frame;
}

void split(const Edit& edit, Editing& editing, std::size_t index) {
  const Clip& clip = editing.clip(index);
  const FrameNumber frame = frame_of(edit);
  if (frame == clip.span.begin) refuse(edit.operation, clip, fmt::format("it begins at frame {}", frame));
  if (!clip.span.contains(frame)) refuse(edit.operation, clip, fmt::format("frame {} is not in it", frame));
  Clip& first = editing.after(clip);
  first.span.end = frame;
  first.decision.reset();
  editing.add({.id = ClipId::make(), .span = {frame, clip.span.end}});
}

void move(const Edit& edit, Editing& editing, std::size_t index) {
  const Clip& clip = editing.clip(index);
  const Clip& previous = previous_or_refuse(edit, editing, index);
  const FrameNumber frame = frame_of(edit);
  if (frame == clip.span.begin) {
    refuse(edit.operation, clip, fmt::format("it begins at frame {} already", frame));
  }
  if (frame <= previous.span.begin || frame >= clip.span.end) {
    refuse(edit.operation, clip, fmt::format("frame {} is not between its neighbours' cuts", frame));
  }
  Clip moved = clip;
  moved.span.begin = frame;
  editing.after(previous).span.end = frame;
  editing.replace(clip, moved);
}

void resegment(const Edit& edit, Editing& editing, const std::vector<Clip>& clips) {
  HEATERS_CHECK(edit.frame_count.has_value());
  std::map<FrameNumber, Clip> wanted;
  for (const Clip& clip : clips) {
    if (clip.decision || clip.is_grouped) refuse(edit.operation, clip, "the video has been reviewed");
    editing.remove(clip);
  }
  // Cuts that stay keep their clips' ids.
  wanted.emplace(0, clips.front());
  for (const catalog::Cut& cut : edit.cuts) {
    const auto same = std::find_if(clips.begin(), clips.end(),
                                   [&](const Clip& clip) { return clip.span.begin == cut.frame; });
    const ClipId id = same == clips.end() ? ClipId::make() : same->id;
    wanted.emplace(cut.frame,
                   Clip{.id = id, .span = {cut.frame, 0}, .begin_kind = cut.kind, .score = cut.score});
  }
  FrameNumber end = *edit.frame_count;
  for (auto& [begin, clip] : std::views::reverse(wanted)) {
    clip.span.end = end;
    end = begin;
  }
  for (const auto& [begin, clip] : wanted) editing.add(clip);
  if (editing.changes().empty()) refuse(edit.operation, clips.front(), "the cuts are the same");
}

// Whether it is about any number of clips rather than about one.
bool takes_many(Operation operation) {
  return operation == Operation::Approve || operation == Operation::Skip || operation == Operation::Archive;
}

}  // namespace

std::string_view to_string(Operation operation) {
  for (const auto& [each, name] : names) {
    if (each == operation) return name;
  }
  return "";
}

std::optional<Operation> parse_operation(std::string_view text) {
  for (const auto& [each, name] : names) {
    if (name == text) return each;
  }
  return std::nullopt;
}

std::vector<Change> changes_of(const Edit& edit, const std::vector<Clip>& clips) {
  Editing editing(clips);
  if (edit.operation == Operation::Resegment) {
    resegment(edit, editing, clips);
    return editing.changes();
  }
  if (edit.clips.empty() || (edit.clips.size() > 1 && !takes_many(edit.operation))) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("{}: {} clips were named", to_string(edit.operation), edit.clips.size()));
  }
  const std::size_t index = editing.find(edit.clips.front());
  switch (edit.operation) {
    case Operation::Approve:
      decide(edit, editing, Decision::Approved);
      break;
    case Operation::Skip:
      decide(edit, editing, Decision::Skipped);
      break;
    case Operation::Archive:
      decide(edit, editing, Decision::Archived);
      break;
    case Operation::Merge:
      merge(edit, editing, index);
      break;
    case Operation::Group:
      group(edit, editing, index);
      break;
    case Operation::Ungroup:
      ungroup(edit, editing, index);
      break;
    case Operation::Split:
      split(edit, editing, index);
      break;
    case Operation::Move:
      move(edit, editing, index);
      break;
    case Operation::Resegment:
      break;
  }
  return editing.changes();
}

}  // namespace heaters::review
