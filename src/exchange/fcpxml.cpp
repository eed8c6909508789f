#include "exchange/fcpxml.h"

#include <fmt/format.h>

#include <cmath>
#include <pugixml.hpp>
#include <sstream>

#include "base/percent.h"
#include "base/timecode.h"
#include "base/utf8.h"

namespace heaters::exchange {

namespace {

// What an XML document may hold: control characters but tab and line ends are not among it.
std::string xml_text(const std::string& text) {
  std::string result = valid_utf8(text);
  for (char& c : result) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    if (is_control || c == 0x7F) c = '_';
  }
  return result;
}

// Broadcast rates as their exact fractions: what containers say of them is rounded.
Rational exact_rate(Rational rate) {
  const double value = to_double(rate);
  const auto whole = std::llround(value);
  if (std::abs(value - static_cast<double>(whole)) < 0.0005) return {whole, 1};
  if (std::abs(value - static_cast<double>(whole) * 1000 / 1001) < 0.005) return {whole * 1000, 1001};
  return rate;
}

// "1001/30000s": so many frames.
std::string frames_time(FrameNumber frames, Rational rate) {
  if (frames == 0) return "0s";
  const std::int64_t num = frames * rate.den;
  if (num % rate.num == 0) return fmt::format("{}s", num / rate.num);
  return fmt::format("{}/{}s", num, rate.num);
}

std::string media_url(const TimelineMedia& media) {
  const bool has_scheme = media.url.find("://") != std::string::npos;
  return (has_scheme ? "" : "file://") + percent_encoded(media.url, "/:");
}

class Document {
 public:
  explicit Document(const Timeline& timeline) : timeline_(timeline) {}

  std::string text() {
    pugi::xml_node declaration = document_.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    document_.append_child(pugi::node_doctype).set_value("fcpxml");
    pugi::xml_node root = document_.append_child("fcpxml");
    root.append_attribute("version") = "1.9";
    add_resources(root.append_child("resources"));
    pugi::xml_node event = root.append_child("library").append_child("event");
    event.append_attribute("name") = xml_text(timeline_.title).c_str();
    pugi::xml_node project = event.append_child("project");
    project.append_attribute("name") = xml_text(timeline_.title).c_str();
    add_sequence(project.append_child("sequence"));
    std::ostringstream out;
    document_.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
  }

 private:
  void add_resources(pugi::xml_node resources) {
    for (std::size_t i = 0; i < timeline_.media.size(); ++i) {
      const TimelineMedia& media = timeline_.media[i];
      const Rational rate = exact_rate(media.frame_rate);
      pugi::xml_node format = resources.append_child("format");
      format.append_attribute("id") = fmt::format("f{}", i + 1).c_str();
      format.append_attribute("frameDuration") = frames_time(1, rate).c_str();
      if (media.width > 0) format.append_attribute("width") = media.width;
      if (media.height > 0) format.append_attribute("height") = media.height;
      const TimelineEntry whole{
          .span = {0, media.frame_count}, .end_seconds = media.duration_seconds, .name = {}};
      pugi::xml_node asset = resources.append_child("asset");
      asset.append_attribute("id") = fmt::format("a{}", i + 1).c_str();
      asset.append_attribute("name") = xml_text(media.title).c_str();
      asset.append_attribute("start") = frames_time(media.first_timecode, rate).c_str();
      asset.append_attribute("duration") = frames_time(counted_span(media, whole).end, rate).c_str();
      asset.append_attribute("format") = fmt::format("f{}", i + 1).c_str();
      asset.append_attribute("hasVideo") = "1";
      if (media.has_sound) {
        asset.append_attribute("hasAudio") = "1";
        asset.append_attribute("audioSources") = "1";
      }
      pugi::xml_node file = asset.append_child("media-rep");
      file.append_attribute("kind") = "original-media";
      file.append_attribute("src") = media_url(media).c_str();
    }
  }

  void add_sequence(pugi::xml_node sequence) {
    if (timeline_.media.empty()) return;
    const TimelineMedia& first = timeline_.media.front();
    const Rational rate = exact_rate(first.frame_rate);
    const char* const count = drops_frames(timeline_, first) ? "DF" : "NDF";
    pugi::xml_attribute duration = sequence.append_attribute("duration");
    sequence.append_attribute("format") = "f1";
    sequence.append_attribute("tcStart") = "0s";
    sequence.append_attribute("tcFormat") = count;
    pugi::xml_node spine = sequence.append_child("spine");
    FrameNumber offset = 0;
    for (const TimelineEntry& entry : timeline_.entries) offset += add_clip(spine, entry, offset, rate);
    duration = frames_time(offset, rate).c_str();
  }

  // Returns how many frames of the sequence it takes.
  FrameNumber add_clip(pugi::xml_node spine, const TimelineEntry& entry, FrameNumber offset, Rational rate) {
    const TimelineMedia& media = timeline_.media[entry.media];
    const Rational own = exact_rate(media.frame_rate);
    const FrameSpan span = counted_span(media, entry);
    // A sequence of another rate takes as many of its frames as last as long.
    const FrameNumber length =
        std::max<FrameNumber>(1, rescale(span.length(), {own.den, own.num}, {rate.den, rate.num}));
    pugi::xml_node clip = spine.append_child("asset-clip");
    clip.append_attribute("ref") = fmt::format("a{}", entry.media + 1).c_str();
    clip.append_attribute("format") = fmt::format("f{}", entry.media + 1).c_str();
    clip.append_attribute("name") = xml_text(entry.name).c_str();
    clip.append_attribute("offset") = frames_time(offset, rate).c_str();
    clip.append_attribute("start") = frames_time(media.first_timecode + span.begin, own).c_str();
    clip.append_attribute("duration") = frames_time(length, rate).c_str();
    clip.append_attribute("tcFormat") = drops_frames(timeline_, media) ? "DF" : "NDF";
    if (!entry.facts.empty()) {
      clip.append_child("note")
          .append_child(pugi::node_pcdata)
          .set_value(xml_text(json_text(entry.facts)).c_str());
    }
    return length;
  }

  const Timeline& timeline_;
  pugi::xml_document document_;
};

}  // namespace

std::string to_fcpxml(const Timeline& timeline) {
  return Document(timeline).text();
}

}  // namespace heaters::exchange
