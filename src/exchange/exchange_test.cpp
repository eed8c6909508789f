// The formats that other programs read, checked line by line against what those programs' documentation says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "base/error.h"
#include "exchange/chapters.h"
#include "exchange/csv.h"
#include "exchange/edl.h"
#include "exchange/fcpxml.h"
#include "exchange/otio.h"
#include "exchange/qp_file.h"

namespace heaters::exchange {
namespace {

using testing::HasSubstr;

// An hour of NTSC with two spans around the first dropped labels.
Timeline ntsc() {
  Timeline timeline{.title = "Day & night",
                    .media = {{.title = "a, <b>.mov",
                               .url = "/media/a b.mov",
                               .frame_rate = {30'000, 1001},
                               .frame_count = 107'892,
                               .duration_seconds = 107'892 * 1.001 / 30,
                               .width = 1920,
                               .height = 1080,
                               .has_sound = true}},
                    .entries = {}};
  for (const FrameSpan& span : {FrameSpan{0, 1800}, FrameSpan{1800, 3598}}) {
    TimelineEntry entry{.span = span,
                        .begin_seconds = static_cast<double>(span.begin) * 1.001 / 30,
                        .end_seconds = static_cast<double>(span.end) * 1.001 / 30,
                        .name = "=Clip <" + std::to_string(timeline.entries.size() + 1) + "> --> x"};
    entry.facts["decision"] = "approved";
    entry.facts["score"] = nullptr;
    timeline.entries.push_back(std::move(entry));
  }
  return timeline;
}

TEST(QpFile, HasAKeyframeWhereEachEntryBegins) {
  EXPECT_EQ(to_qp_file(ntsc()), "0 I -1\n1800 I -1\n");
  Timeline two = ntsc();
  two.media.push_back(two.media[0]);
  EXPECT_THROW(to_qp_file(two), Error);
}

TEST(Edl, CountsInDropFrameAndRecordsInARow) {
  const std::string edl = to_edl(ntsc());
  EXPECT_THAT(edl, HasSubstr("TITLE: Day & night\nFCM: DROP FRAME\n"));
  EXPECT_THAT(edl, HasSubstr("001  AX       AA/V  C        00:00:00;00 00:01:00;02 00:00:00;00 00:01:00;02\n"
                             "* FROM CLIP NAME: a, <b>.mov\n"));
  EXPECT_THAT(edl,
              HasSubstr("002  AX       AA/V  C        00:01:00;02 00:02:00;02 00:01:00;02 00:02:00;02\n"));
}

TEST(Edl, CountsEveryLabelWhenAsked) {
  Timeline timeline = ntsc();
  timeline.drops_frames = false;
  EXPECT_THAT(to_edl(timeline), HasSubstr("FCM: NON-DROP FRAME"));
  EXPECT_THAT(to_edl(timeline), HasSubstr("00:01:00:00 00:01:59:28"));
}

TEST(Edl, BeginsAtTheSourcesOwnTimecode) {
  Timeline timeline = ntsc();
  timeline.media[0].first_timecode = 107'892;
  EXPECT_THAT(to_edl(timeline), HasSubstr("01:00:00;00 01:01:00;02 00:00:00;00 00:01:00;02"));
}

TEST(Edl, NamesAReelForEachOfSeveralVideosAndRefusesTwoRates) {
  Timeline timeline = ntsc();
  timeline.media.push_back(timeline.media[0]);
  timeline.entries[1].media = 1;
  EXPECT_THAT(to_edl(timeline), HasSubstr("002  V002     AA/V"));
  timeline.media[1].frame_rate = {25, 1};
  EXPECT_THROW(to_edl(timeline), Error);
}

TEST(Csv, IsOneLineForEachAndNoFormula) {
  Timeline timeline = ntsc();
  timeline.entries[0].facts["note"] = "=1+1";
  timeline.entries[1].facts["note"] = "two \"words\"";
  const std::string csv = to_csv(timeline);
  EXPECT_THAT(csv, HasSubstr("length_seconds,decision,score,note\n"));
  EXPECT_THAT(csv, HasSubstr("\"a, <b>.mov\",1,0,1800,0.000000,60.060000,00:00:00;00,1800,60.060000,"
                             "approved,,'=1+1\n"));
  EXPECT_THAT(csv, HasSubstr("approved,,\"two \"\"words\"\"\"\n"));
}

TEST(Fcpxml, HasTimesOfWholeFramesAsFractions) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(to_fcpxml(ntsc()).c_str(), pugi::parse_full));
  EXPECT_STREQ(document.select_node("//format").node().attribute("frameDuration").value(), "1001/30000s");
  const auto asset = document.select_node("//asset").node();
  EXPECT_STREQ(asset.attribute("name").value(), "a, <b>.mov");
  EXPECT_STREQ(asset.child("media-rep").attribute("src").value(), "file:///media/a%20b.mov");
  EXPECT_STREQ(asset.attribute("duration").value(), "107999892/30000s");
  const auto clips = document.select_nodes("//spine/asset-clip");
  ASSERT_EQ(clips.size(), 2U);
  EXPECT_STREQ(clips[1].node().attribute("offset").value(), "1801800/30000s");
  EXPECT_STREQ(clips[1].node().attribute("start").value(), "1801800/30000s");
  EXPECT_STREQ(clips[1].node().attribute("duration").value(), "1799798/30000s");
  EXPECT_STREQ(document.select_node("//sequence").node().attribute("tcFormat").value(), "DF");
  EXPECT_STREQ(document.select_node("//sequence").node().attribute("duration").value(), "3601598/30000s");
  EXPECT_THAT(std::string(clips[0].node().child("note").text().get()), HasSubstr("approved"));
}

// Rates of containers are rounded; and the frames of another rate last as long.
TEST(Fcpxml, KnowsBroadcastRatesAndConvertsOthers) {
  Timeline timeline = ntsc();
  timeline.media[0].frame_rate = {2997, 100};
  timeline.media.push_back(timeline.media[0]);
  timeline.media[1].frame_rate = {15, 1};
  timeline.entries[1] = {.media = 1, .span = {15, 45}, .begin_seconds = 1, .end_seconds = 3, .name = "half"};
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(to_fcpxml(timeline).c_str()));
  EXPECT_STREQ(document.select_node("//format").node().attribute("frameDuration").value(), "1001/30000s");
  const auto second = document.select_nodes("//spine/asset-clip")[1].node();
  EXPECT_STREQ(second.attribute("start").value(), "1s");
  EXPECT_STREQ(second.attribute("duration").value(), "60060/30000s");  // 60 frames at 29.97
}

TEST(Otio, CountsVariableRatesByTheirTimes) {
  Timeline timeline = ntsc();
  timeline.media[0].frame_rate = {25, 1};
  timeline.media[0].has_variable_rate = true;
  timeline.entries[1].begin_seconds = 10;
  timeline.entries[1].end_seconds = 12;
  const Json otio = Json::parse(to_otio(timeline));
  const Json& clip = otio["tracks"]["children"][0]["children"][1];
  EXPECT_EQ(clip["source_range"]["start_time"]["value"], 250.0);
  EXPECT_EQ(clip["source_range"]["duration"]["value"], 50.0);
  EXPECT_EQ(clip["metadata"]["heaters"]["decision"], "approved");
  EXPECT_EQ(clip["media_reference"]["target_url"], "/media/a%20b.mov");
}

TEST(Chapters, HaveTheirNamesAsText) {
  const std::string cues = to_webvtt(ntsc());
  EXPECT_TRUE(cues.starts_with("WEBVTT\n\n1\n00:00:00.000 --> 00:01:00.060\n=Clip &lt;1&gt; --&gt; x\n"));
  const std::string chapters = to_ffmetadata(ntsc());
  EXPECT_TRUE(chapters.starts_with(";FFMETADATA1\n"));
  EXPECT_THAT(chapters, HasSubstr("START=60060\nEND=120053\ntitle=\\=Clip <2> --> x\n"));
  Timeline several = ntsc();
  several.media.push_back(several.media[0]);
  EXPECT_THROW(to_webvtt(several), Error);
}

}  // namespace
}  // namespace heaters::exchange
