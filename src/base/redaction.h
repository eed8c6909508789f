#pragma once

#include <string>
#include <string_view>

namespace heaters {

// What must not be told, in one place: under the log, in the message of every Error, and so in every stored
// job error and every answer that holds one. Replaces by "[redacted]":
//
//   - the values that were declared secret, as they are, percent-encoded and in base64 (at any alignment, as
//     within "user:password")
//   - user and password in a URL
//   - the values of query parameters that are named like a credential: token, X-Amz-Signature, ...
//   - what follows Authorization:, Cookie:, Bearer and their like
//
// Thread-safe.
std::string redacted(std::string_view text);

// Declares a value secret for the rest of the process. Values of fewer than 6 bytes are not: they would be
// found everywhere.
void add_secret(std::string_view value);

// The password in a URL's user information, percent-decoded; empty when there is none.
std::string password_in_url(std::string_view url);

// A URL for people and for rows: redacted(), and without query values that are as long as signatures are.
std::string printable_url(std::string_view url);

}  // namespace heaters
