#include "shots/shot_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/markup.h"

namespace heaters::shots {

namespace {

constexpr const char* style = R"(
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c1c1c; }
h1 { font-size: 1.4rem; } p { color: #555; }
svg { width: 100%; height: 9rem; background: #f4f4f2; border-radius: 4px; }
ol { list-style: none; padding: 0; display: grid; gap: 1rem;
     grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); }
li { background: #f4f4f2; border-radius: 4px; padding: .5rem; }
li div { background-repeat: no-repeat; margin: 0 auto .4rem; }
b { display: block; } small { color: #555; display: block; font-variant-numeric: tabular-nums; }
)";

// Frames share a column when there are more of them than columns; each column shows its highest score.
std::string curve_picture(const ShotList& list, const ScoreCurve& curve, float threshold) {
  constexpr std::size_t most_columns = 2000;
  const std::size_t frames = curve.hard.size();
  const std::size_t columns = std::clamp<std::size_t>(frames, 1, most_columns);
  std::string path;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t begin = column * frames / columns;
    const std::size_t end = std::max(begin + 1, (column + 1) * frames / columns);
    std::uint8_t highest = 0;
    for (std::size_t frame = begin; frame < std::min(end, frames); ++frame) {
      highest = std::max(highest, curve.hard[frame]);
    }
    path += fmt::format("{}{} {}", column == 0 ? "M" : "L", column, 255 - int{highest});
  }
  std::string marks;
  for (const Shot& shot : list.shots) {
    if (!shot.cut) continue;
    const double x =
        static_cast<double>(shot.span.begin) * static_cast<double>(columns) / static_cast<double>(frames);
    marks += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"0\" y2=\"255\" stroke=\"{1}\" "
        "vector-effect=\"non-scaling-stroke\"/>",
        x, shot.cut->kind == CutKind::Hard ? "#d2691e55" : "#2e8b5799");
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {0} 255\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"score of every "
      "frame\">{1}"
      "<path d=\"{2}\" fill=\"none\" stroke=\"#27408b\" vector-effect=\"non-scaling-stroke\"/>"
      "<line x1=\"0\" x2=\"{0}\" y1=\"{3:.0f}\" y2=\"{3:.0f}\" stroke=\"#999\" stroke-dasharray=\"4\" "
      "vector-effect=\"non-scaling-stroke\"/></svg>",
      columns, marks, path, 255 * (1 - threshold));
}

std::string shot_item(const Shot& shot, std::size_t number, const ShotStills& stills) {
  const ShotStill& still = stills.stills.at(number - 1);
  const std::string score =
      shot.cut ? fmt::format("{} {:.2f}", to_string(shot.cut->kind), shot.cut->score) : "start";
  return fmt::format(
      "<li><div class=\"s{}\" style=\"width:{}px;height:{}px;background-position:-{}px -{}px\"></div><b>Shot "
      "{}</b>"
      "<small>{} – {}</small><small>frames {} – {}</small><small>{}</small></li>\n",
      still.sheet, stills.width, stills.height, still.x, still.y, number,
      format_clock_time(shot.begin_seconds), format_clock_time(shot.end_seconds), shot.span.begin,
      shot.span.end, score);
}

}  // namespace

std::string to_html(const ShotList& list, const ScoreCurve& curve, float threshold,
                    const ShotStills& stills) {
  std::string sheets;
  for (std::size_t i = 0; i < stills.sheets.size(); ++i) {
    sheets +=
        fmt::format(".s{} {{ background-image: url(data:image/jpeg;base64,{}); }}\n", i, stills.sheets[i]);
  }
  std::string items;
  for (std::size_t i = 0; i < list.shots.size(); ++i) items += shot_item(list.shots[i], i + 1, stills);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta "
      "charset=\"utf-8\"><title>{0}</title>\n<style>{1}{2}</style>"
      "</head><body>\n<h1>{0}</h1>\n<p>{3} shots, {4} frames, {5}</p>\n{6}\n<ol>\n{7}</ol>\n</body></html>\n",
      escaped_markup(list.title), style, sheets, list.shots.size(), list.frame_count,
      format_clock_time(list.duration_seconds), curve_picture(list, curve, threshold), items);
}

}  // namespace heaters::shots
