#include "net/aws_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/file.h"

namespace heaters::net {
namespace {

using testing::HasSubstr;
using testing::Not;

class AwsSettingsTest : public testing::Test {
 protected:
  AwsSettingsTest() {
    create_folder(home.path() / ".aws");
    write_text_file(home.path() / ".aws/credentials",
                    "# keys\n[default]\naws_access_key_id = D\naws_secret_access_key=ds\n\n"
                    "[work]\naws_access_key_id=W\naws_secret_access_key=ws=+/\naws_session_token=wt\n[half]\n"
                    "aws_secret_access_key=geheim\n");
    write_text_file(
        home.path() / ".aws/config",
        "[default]\nregion = eu-west-1\n[profile work]\nregion=auto\ns3 =\n  addressing_style = path\n"
        "endpoint_url = https://acc.r2.cloudflarestorage.com\n");
  }
  AwsSettings read(std::map<std::string, std::string> variables) {
    variables.try_emplace("HOME", home.path());
    return read_aws_settings([variables = std::move(variables)](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  }
  std::string refusal(const std::map<std::string, std::string>& variables) {
    try {
      read(variables);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::InvalidInput);
      return error.what();
    }
    return "accepted";
  }

  TemporaryDirectory home;
};

TEST_F(AwsSettingsTest, TheEnvironmentWins) {
  const AwsSettings settings = read({{"AWS_ACCESS_KEY_ID", "E"},
                                     {"AWS_SECRET_ACCESS_KEY", "es"},
                                     {"AWS_REGION", "us-east-2"},
                                     {"AWS_ENDPOINT_URL", "https://all"},
                                     {"AWS_ENDPOINT_URL_S3", "https://s3"}});
  EXPECT_EQ(settings.credentials->access_key_id, "E");
  EXPECT_EQ(settings.credentials->session_token, "");
  EXPECT_EQ(settings.region, "us-east-2");
  EXPECT_EQ(settings.endpoint, "https://s3");
}

TEST_F(AwsSettingsTest, ProfilesFillWhatIsOpen) {
  const AwsSettings usual = read({});
  EXPECT_EQ(usual.credentials->access_key_id, "D");
  EXPECT_EQ(usual.region, "eu-west-1");
  const AwsSettings work = read({{"AWS_PROFILE", "work"}});
  EXPECT_EQ(work.credentials->secret_access_key, "ws=+/");
  EXPECT_EQ(work.credentials->session_token, "wt");
  EXPECT_EQ(work.region, "auto");
  EXPECT_EQ(work.endpoint, "https://acc.r2.cloudflarestorage.com");
  EXPECT_FALSE(read({{"HOME", "/nonexistent"}}).credentials);
}

TEST_F(AwsSettingsTest, HalfASecretOrAMissingProfileIsRefused) {
  EXPECT_THAT(refusal({{"AWS_PROFILE", "play"}}), HasSubstr("no profile \"play\""));
  EXPECT_THAT(refusal({{"AWS_ACCESS_KEY_ID", "E"}}), HasSubstr("only one of key id and secret"));
  EXPECT_THAT(refusal({{"AWS_PROFILE", "half"}}), Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace heaters::net
