#include "base/redaction.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <vector>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/percent.h"

namespace heaters {

namespace {

constexpr std::string_view replacement = "[redacted]";
constexpr std::size_t least_secret = 6;

// Names of parameters, in lower case and without "_" and "-": whole ones, and parts.
constexpr std::array secret_names = {"auth",      "code",   "hdnea", "hdnts", "hmac",    "jwt", "key",
                                     "keypairid", "policy", "pot",   "pwd",   "session", "sid", "sig"};
constexpr std::array secret_parts = {"accesskey", "apikey",    "authkey", "authoriz",  "credential", "passwd",
                                     "password",  "sessionid", "secret",  "signature", "token"};

// Up to the end of the line, or of the quotes it is in.
constexpr std::array secret_headers = {
    "authorization:", "cookie:", "set-cookie:", "x-amz-security-token:", "x-api-key:"};
// One word.
constexpr std::array schemes = {"bearer ", "basic "};

class Secrets {
 public:
  void add(std::string_view value) {
    const std::unique_lock lock(mutex_);
    if (!values_.emplace(value).second) return;
    add_form(std::string(value));
    add_form(percent_encoded(value));
    for (std::size_t shift = 0; shift < 3; ++shift) add_base64(value, shift);
    // Longer ones first: one may hold another.
    std::sort(forms_.begin(), forms_.end(),
              [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  }

  void replace_in(std::string& text) const {
    const std::shared_lock lock(mutex_);
    for (const std::string& form : forms_) {
      for (std::size_t at = text.find(form); at != std::string::npos;
           at = text.find(form, at + replacement.size())) {
        text.replace(at, form.size(), replacement);
      }
    }
  }

 private:
  void add_form(const std::string& form) {
    if (std::find(forms_.begin(), forms_.end(), form) == forms_.end()) forms_.push_back(form);
  }

  // What stays the same whatever stands before and after: without the characters that share bits with those.
  void add_base64(std::string_view value, std::size_t shift) {
    const std::string shifted = std::string(shift, 'x') + std::string(value);
    std::string encoded = base64(std::as_bytes(std::span(shifted)));
    const std::size_t begin = (shift * 8 + 5) / 6;
    const std::size_t end = shifted.size() * 8 / 6;
    if (end < begin + least_secret) return;
    encoded = encoded.substr(begin, end - begin);
    add_form(encoded);
    std::string for_urls = encoded;
    std::replace(for_urls.begin(), for_urls.end(), '+', '-');
    std::replace(for_urls.begin(), for_urls.end(), '/', '_');
    add_form(for_urls);
  }

  mutable std::shared_mutex mutex_;
  std::set<std::string, std::less<>> values_;
  std::vector<std::string> forms_;
};

Secrets& secrets() {
  static Secrets instance;
  return instance;
}

bool ends_url(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\';
}

void redact_user_information(std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    std::size_t end = begin;
    std::size_t last_at = std::string::npos;
    for (; end < text.size() && !ends_url(text[end]) && text[end] != '/' && text[end] != '?' &&
           text[end] != '#';
         ++end) {
      if (text[end] == '@') last_at = end;
    }
    if (last_at != std::string::npos) text.replace(begin, last_at - begin, replacement);
  }
}

bool is_secret_parameter(std::string_view name) {
  std::string plain = lower_case(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-'; });
  return std::any_of(secret_names.begin(), secret_names.end(),
                     [&](const char* each) { return plain == each; }) ||
         std::any_of(secret_parts.begin(), secret_parts.end(),
                     [&](const char* each) { return plain.find(each) != std::string::npos; });
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

// name=value, wherever it stands: in a query, in a form, in a message.
void redact_parameters(std::string& text, std::size_t longest_plain_value) {
  for (std::size_t at = text.find('='); at != std::string::npos; at = text.find('=', at + 1)) {
    std::size_t name = at;
    while (name > 0 && is_name_character(text[name - 1])) --name;
    std::size_t end = at + 1;
    while (end < text.size() && !ends_url(text[end]) && text[end] != '&' && text[end] != ';' &&
           text[end] != '#' && text[end] != ',') {
      ++end;
    }
    // The end of a sentence is not the value's.
    const bool ends_word = end == text.size() || text[end] == ' ' || text[end] == '\n';
    while (ends_word && end > at + 1 && std::string_view(":.)").find(text[end - 1]) != std::string_view::npos)
      --end;
    const std::size_t length = end - at - 1;
    const bool is_secret = length > 0 && is_secret_parameter(std::string_view(text).substr(name, at - name));
    if (is_secret || length > longest_plain_value) text.replace(at + 1, length, replacement);
  }
}

// `until_space`: one word of what follows; otherwise the line, or the quotes.
void redact_after(std::string& text, std::string_view mark, bool until_space) {
  std::string lower = lower_case(text);
  for (std::size_t at = lower.find(mark); at != std::string::npos; at = lower.find(mark, at)) {
    std::size_t begin = at + mark.size();
    at = begin;
    while (begin < text.size() && text[begin] == ' ') ++begin;
    std::size_t end = begin;
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= ' ' && text[end] != '"' &&
           text[end] != '\'' && !(until_space && (text[end] == ' ' || text[end] == ','))) {
      ++end;
    }
    const bool is_word_long = !until_space || end - begin >= 8;
    if (end == begin || !is_word_long) continue;
    text.replace(begin, end - begin, replacement);
    lower = lower_case(text);
    at = begin + replacement.size();
  }
}

std::string redacted_but(std::string_view given, std::size_t longest_plain_value) {
  std::string text(given);
  secrets().replace_in(text);
  redact_user_information(text);
  redact_parameters(text, longest_plain_value);
  for (const char* header : secret_headers) redact_after(text, header, false);
  for (const char* scheme : schemes) redact_after(text, scheme, true);
  return text;
}

}  // namespace

std::string redacted(std::string_view text) {
  return redacted_but(text, std::string::npos);
}

void add_secret(std::string_view value) {
  if (value.size() >= least_secret) secrets().add(value);
}

std::string password_in_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto begin = scheme + 3;
  const std::string_view authority = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  const auto at = authority.rfind('@');
  const auto colon = authority.find(':');
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return {};
  return percent_decoded(authority.substr(colon + 1, at - colon - 1));
}

std::string printable_url(std::string_view url) {
  constexpr std::size_t longest_plain_value = 40;
  return redacted_but(url, longest_plain_value);
}

}  // namespace heaters
