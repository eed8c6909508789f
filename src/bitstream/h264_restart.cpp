#include "bitstream/h264_restart.h"

#include <algorithm>

#include "base/check.h"
#include "base/error.h"

namespace heaters::bitstream {

namespace {

[[noreturn]] void refuse_restart(const char* what) {
  throw Error(ErrorKind::Unsupported, std::string("begin H.264 at a recovery point: ") + what);
}

// Two IDR pictures in a row must have different ones (7.4.3). Encoders count up from 0.
constexpr std::uint32_t restart_idr_pic_id = 50'000;

// PicNum of a reference (8.2.4.1): pictures that were numbered before the counter began anew are below zero.
std::int64_t picture_number(std::uint32_t frame_num, std::uint32_t current, std::uint32_t modulus) {
  return frame_num > current ? std::int64_t{frame_num} - modulus : std::int64_t{frame_num};
}

}  // namespace

std::vector<NalUnit> H264Restart::keep(std::span<const NalUnitView> units) {
  std::vector<NalUnit> result;
  result.reserve(units.size());
  const bool is_changed = begin_picture(units);
  const bool is_first = next_id_ == 0;
  for (const NalUnitView unit : units) {
    if (!is_changed || !is_h264_slice(unit)) {
      result.emplace_back(unit.begin(), unit.end());
      continue;
    }
    const auto raw = unescape(unit);
    H264SliceHeader header = parse_h264_slice(raw, sets_);
    if (is_first) {
      rewrite_first(header);
    } else {
      rewrite(header);
    }
    result.push_back(write_h264_slice(header, raw, sets_));
  }
  if (is_changed) end_picture(true);
  return result;
}

void H264Restart::leave_out(std::span<const NalUnitView> units) {
  HEATERS_CHECK(has_begun_ || has_ended_);
  if (begin_picture(units)) end_picture(false);
}

// Whether the picture needs other headers.
bool H264Restart::begin_picture(std::span<const NalUnitView> units) {
  if (has_ended_) return false;
  const auto slice = std::find_if(units.begin(), units.end(), is_h264_slice);
  if (slice == units.end()) refuse_restart("a picture without slices");
  const auto raw = unescape(*slice);
  const H264SliceHeader header = parse_h264_slice(raw, sets_);
  if (header.is_idr) {
    if (next_id_ == 1 && header.idr_pic_id == restart_idr_pic_id) refuse_restart("the next one has its id");
    has_ended_ = true;
    return false;
  }
  const H264Sps& sps = sets_.sps.at(sets_.pps.at(header.pps_id).sps_id);
  const std::uint32_t modulus = 1U << sps.frame_num_bits;
  const bool is_first = !has_begun_;
  if (is_first) {
    if (header.kind() != H264SliceKind::I || header.ref_idc == 0)
      refuse_restart("it does not begin with an I picture");
    has_begun_ = true;
    base_lsb_ = std::int64_t{header.order_count_lsb} + std::min(0, header.bottom_delta);
    old_previous_frame_num_ = header.frame_num;
  } else if (header.frame_num != (old_previous_frame_num_ + 1) % modulus) {
    refuse_restart("its frame numbers have gaps");
  }
  current_ = {.first = header,
              .order = order_of(header, sps),
              .new_frame_num = is_first ? 0 : (new_previous_frame_num_ + 1) % modulus,
              .modulus = modulus,
              .max_references = sps.max_references};
  return true;
}

// 8.2.1.1, relative to the I picture. With type 2 pictures are shown in decoding order.
std::int64_t H264Restart::order_of(const H264SliceHeader& header, const H264Sps& sps) {
  if (sps.order_count_type != 0) return 2 * next_id_;
  const std::int64_t modulus = std::int64_t{1} << sps.order_count_bits;
  const std::int64_t lsb = ((header.order_count_lsb - base_lsb_) % modulus + modulus) % modulus;
  std::int64_t msb = previous_order_msb_;
  if (lsb < previous_order_lsb_ && previous_order_lsb_ - lsb >= modulus / 2) msb += modulus;
  if (lsb > previous_order_lsb_ && lsb - previous_order_lsb_ > modulus / 2) msb -= modulus;
  if (header.ref_idc != 0) {
    previous_order_msb_ = msb;
    previous_order_lsb_ = lsb;
  }
  return msb + lsb + std::min(0, header.bottom_delta);
}

void H264Restart::rewrite_first(H264SliceHeader& header) const {
  if (header.kind() != H264SliceKind::I) refuse_restart("it does not begin with an I picture");
  header.is_idr = true;
  header.idr_pic_id = restart_idr_pic_id;
  header.marking.clear();
  header.is_adaptive = false;
  rewrite(header);
}

void H264Restart::rewrite(H264SliceHeader& header) const {
  const H264Sps& sps = sets_.sps.at(sets_.pps.at(header.pps_id).sps_id);
  if (header.frame_num != current_.first.frame_num) refuse_restart("slices of two pictures in one packet");
  if (sps.order_count_type == 0) {
    const std::int64_t modulus = std::int64_t{1} << sps.order_count_bits;
    header.order_count_lsb =
        static_cast<std::uint32_t>(((header.order_count_lsb - base_lsb_) % modulus + modulus) % modulus);
  }
  if (header.kind() != H264SliceKind::I) rewrite_order(header, 0);
  if (header.kind() == H264SliceKind::B) rewrite_order(header, 1);
  if (header.ref_idc != 0 && !header.is_idr) rewrite_marking(header);
  header.frame_num = current_.new_frame_num;
}

// 8.2.4.2.1 and 8.2.4.2.3: the list before the slice changes its order.
H264Restart::List H264Restart::initial_list(const H264SliceHeader& header, std::size_t list,
                                            bool is_new) const {
  std::vector<Picture> pictures = is_new ? new_references_ : references_;
  if (header.kind() == H264SliceKind::P) {
    const std::uint32_t current = is_new ? current_.new_frame_num : current_.first.frame_num;
    std::sort(pictures.begin(), pictures.end(), [&](const Picture& a, const Picture& b) {
      const auto number = [&](const Picture& each) {
        return picture_number(is_new ? each.new_frame_num : each.old_frame_num, current, current_.modulus);
      };
      return number(a) > number(b);
    });
    return {pictures.begin(), pictures.end()};
  }
  std::sort(pictures.begin(), pictures.end(),
            [](const Picture& a, const Picture& b) { return a.order < b.order; });
  const auto later = std::find_if(pictures.begin(), pictures.end(),
                                  [&](const Picture& each) { return each.order > current_.order; });
  std::array<List, 2> lists;
  lists[0].assign(std::make_reverse_iterator(later), pictures.rend());
  lists[1].assign(later, pictures.end());
  const List earlier = lists[0];
  lists[0].insert(lists[0].end(), lists[1].begin(), lists[1].end());
  lists[1].insert(lists[1].end(), earlier.begin(), earlier.end());
  const bool are_same = earlier.empty() || later == pictures.end();
  if (lists[1].size() > 1 && are_same) std::swap(lists[1][0], lists[1][1]);
  return lists[list];
}

// 8.2.4.3.1: the list that the source's slice uses.
H264Restart::List H264Restart::old_list(const H264SliceHeader& header, std::size_t list) const {
  List result = initial_list(header, list, false);
  const std::size_t length = header.references[list];
  result.resize(length);
  const auto modulus = std::int64_t{current_.modulus};
  const std::int64_t current = header.frame_num;
  std::int64_t predicted = current;
  std::size_t index = 0;
  for (const auto& step : header.order[list]) {
    if (index >= length) refuse_restart("a reference list makes no sense");
    const std::int64_t distance = std::int64_t{step.value} + 1;
    predicted = (predicted + (step.operation == 0 ? -distance : distance) % modulus + modulus) % modulus;
    const std::int64_t wanted = predicted > current ? predicted - modulus : predicted;
    const auto found = std::find_if(references_.begin(), references_.end(), [&](const Picture& each) {
      return picture_number(each.old_frame_num, header.frame_num, current_.modulus) == wanted;
    });
    const std::optional<Picture> picture = found != references_.end() ? std::optional(*found) : std::nullopt;
    result.insert(result.begin() + static_cast<std::ptrdiff_t>(index), picture);
    ++index;
    // The picture stands once only; one from before is unknown wherever it stood.
    std::size_t at = index;
    while (at < result.size() && !(picture && result[at] && result[at]->id == picture->id)) ++at;
    if (at < result.size()) result.erase(result.begin() + static_cast<std::ptrdiff_t>(at));
    result.resize(length);
  }
  return result;
}

void H264Restart::rewrite_order(H264SliceHeader& header, std::size_t list) const {
  const List wanted = old_list(header, list);
  const List given = initial_list(header, list, true);
  header.order[list].clear();
  if (given.empty()) refuse_restart("a picture has lost all of its references");
  const auto is_there = [](const std::optional<Picture>& picture) { return picture && picture->is_kept; };
  bool is_same = true;
  for (std::size_t i = 0; i < wanted.size() && is_same; ++i) {
    is_same = i < given.size() && (!is_there(wanted[i]) || given[i]->id == wanted[i]->id);
  }
  if (is_same) return;
  const auto modulus = std::int64_t{current_.modulus};
  std::int64_t predicted = current_.new_frame_num;
  for (const auto& each : wanted) {
    // Where a picture from before stood, which no block refers to, any other may stand.
    const auto found =
        std::find_if(new_references_.begin(), new_references_.end(),
                     [&](const Picture& known) { return is_there(each) && known.id == each->id; });
    const Picture& picture = found != new_references_.end() ? *found : *given.front();
    std::int64_t distance = (predicted - std::int64_t{picture.new_frame_num} + modulus) % modulus;
    if (distance == 0) distance = modulus;
    header.order[list].push_back({0, static_cast<std::uint32_t>(distance - 1)});
    predicted = picture.new_frame_num;
  }
}

// 8.2.5: the references that the source has after the current picture, without it.
std::vector<H264Restart::Picture> H264Restart::marked_in_source() const {
  std::vector<Picture> result = references_;
  const H264SliceHeader& header = current_.first;
  if (header.is_adaptive) {
    for (const auto& step : header.marking) {
      const std::int64_t number = std::int64_t{header.frame_num} - (std::int64_t{step.value} + 1);
      std::erase_if(result, [&](const Picture& each) {
        return picture_number(each.old_frame_num, header.frame_num, current_.modulus) == number;
      });
    }
  } else if (!result.empty() && result.size() >= std::max(1U, current_.max_references)) {
    result.erase(result.begin());
  }
  return result;
}

// The same references as in the source, of those that are there.
void H264Restart::rewrite_marking(H264SliceHeader& header) const {
  const auto wanted = marked_in_source();
  std::vector<Picture> given = new_references_;
  if (!given.empty() && given.size() >= std::max(1U, current_.max_references)) given.erase(given.begin());
  const auto is_wanted = [&](const Picture& picture) {
    return std::any_of(wanted.begin(), wanted.end(),
                       [&](const Picture& each) { return each.id == picture.id; });
  };
  header.marking.clear();
  // What slides out by itself is wanted no more: the new stream has at most the source's references.
  header.is_adaptive =
      !std::all_of(given.begin(), given.end(), is_wanted) ||
      std::any_of(new_references_.begin(), new_references_.end(), [&](const Picture& each) {
        return is_wanted(each) && std::none_of(given.begin(), given.end(),
                                               [&](const Picture& stays) { return stays.id == each.id; });
      });
  if (!header.is_adaptive) return;
  for (const Picture& each : new_references_) {
    if (is_wanted(each)) continue;
    const std::int64_t number = picture_number(each.new_frame_num, current_.new_frame_num, current_.modulus);
    header.marking.push_back(
        {1, static_cast<std::uint32_t>(std::int64_t{current_.new_frame_num} - number - 1)});
  }
}

void H264Restart::end_picture(bool is_kept) {
  const Picture picture{.id = next_id_++,
                        .old_frame_num = current_.first.frame_num,
                        .new_frame_num = current_.new_frame_num,
                        .order = current_.order,
                        .is_kept = is_kept};
  if (current_.first.ref_idc == 0) return;
  references_ = picture.id == 0 ? std::vector<Picture>{} : marked_in_source();
  if (is_kept) {
    std::erase_if(new_references_, [&](const Picture& each) {
      return std::none_of(references_.begin(), references_.end(),
                          [&](const Picture& stays) { return stays.id == each.id; });
    });
    new_references_.push_back(picture);
    new_previous_frame_num_ = current_.new_frame_num;
  }
  references_.push_back(picture);
  old_previous_frame_num_ = current_.first.frame_num;
}

}  // namespace heaters::bitstream
