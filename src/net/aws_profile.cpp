#include "net/aws_profile.h"

#include <fmt/format.h>

#include <map>
#include <sstream>

#include "base/ascii.h"
#include "base/error.h"
#include "base/file.h"

namespace heaters::net {

namespace {

using Section = std::map<std::string, std::string>;

// An INI file as AWS's tools read it: sections, `key = value`, comments on lines of their own.
std::map<std::string, Section> read_sections(const std::filesystem::path& path) {
  std::map<std::string, Section> sections;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return sections;
  std::istringstream lines(read_text_file(path));
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    const bool is_nested = !line.empty() && (line.front() == ' ' || line.front() == '\t');
    const std::string_view content = trimmed(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') continue;
    if (content.front() == '[' && content.back() == ']') {
      std::string_view title = trimmed(content.substr(1, content.size() - 2));
      // ~/.aws/config says [profile x], ~/.aws/credentials says [x].
      if (title.starts_with("profile ")) title = trimmed(title.substr(8));
      name = title;
      sections[name];
    } else if (const auto equals = content.find('='); equals != std::string_view::npos && !is_nested) {
      sections[name][std::string(trimmed(content.substr(0, equals)))] = trimmed(content.substr(equals + 1));
    }
  }
  return sections;
}

std::string value_of(const Section& section, const std::string& key) {
  const auto found = section.find(key);
  return found == section.end() ? std::string() : found->second;
}

std::optional<Credentials> pair_of(const std::string& id, const std::string& secret, const std::string& token,
                                   const std::string& where) {
  if (id.empty() && secret.empty()) return std::nullopt;
  if (id.empty() || secret.empty()) {
    throw Error(
        ErrorKind::InvalidInput,
        fmt::format("read the credentials of the store: {} has only one of key id and secret", where));
  }
  return Credentials{id, secret, token};
}

}  // namespace

AwsSettings read_aws_settings(const Environment& environment) {
  const auto value = [&](const char* name) { return environment(name).value_or(""); };
  const auto first_of = [](std::string a, std::string b) { return a.empty() ? std::move(b) : std::move(a); };
  AwsSettings settings;
  settings.credentials = pair_of(value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"),
                                 value("AWS_SESSION_TOKEN"), "the environment");
  settings.region = first_of(value("AWS_REGION"), value("AWS_DEFAULT_REGION"));
  settings.endpoint = first_of(value("AWS_ENDPOINT_URL_S3"), value("AWS_ENDPOINT_URL"));

  const std::filesystem::path folder = std::filesystem::path(value("HOME")) / ".aws";
  const auto path = [&](const char* name, const char* usual) {
    const std::string named = value(name);
    return named.empty() ? folder / usual : std::filesystem::path(named);
  };
  const auto secrets = read_sections(path("AWS_SHARED_CREDENTIALS_FILE", "credentials"));
  const auto config = read_sections(path("AWS_CONFIG_FILE", "config"));
  const std::string profile = first_of(value("AWS_PROFILE"), "default");
  if (!value("AWS_PROFILE").empty() && !secrets.contains(profile) && !config.contains(profile)) {
    throw Error(ErrorKind::InvalidInput,
                fmt::format("read the credentials of the store: there is no profile \"{}\"", profile));
  }
  const auto section = [&](const std::map<std::string, Section>& sections) {
    const auto found = sections.find(profile);
    return found == sections.end() ? Section() : found->second;
  };
  for (const Section& each : {section(secrets), section(config)}) {
    if (!settings.credentials) {
      settings.credentials =
          pair_of(value_of(each, "aws_access_key_id"), value_of(each, "aws_secret_access_key"),
                  value_of(each, "aws_session_token"), fmt::format("profile \"{}\"", profile));
    }
    if (settings.region.empty()) settings.region = value_of(each, "region");
    if (settings.endpoint.empty()) settings.endpoint = value_of(each, "endpoint_url");
  }
  return settings;
}

}  // namespace heaters::net
