#pragma once

#include <functional>
#include <string>

#include "base/json.h"
#include "net/http_client.h"

namespace heaters::elastic {

// An API of JSON over HTTP, asked with a token. Not thread-safe. Throws as HttpClient.
class JsonApi {
 public:
  struct Options {
    std::string url;                     // what paths are added to
    std::function<std::string()> token;  // secret; asked for each request: it may change
    std::string ca_file;                 // of who vouches for the server; empty: the system's
  };

  explicit JsonApi(Options options);

  struct Answer {
    int status = 0;
    Json body;  // discarded when it is no JSON

    bool is_success() const { return status >= 200 && status < 300; }
    // Of an object's member; empty when it is no text.
    std::string text(const char* key) const;
  };

  Answer send(const std::string& method, const std::string& path, const std::string& body = "");

 private:
  const Options options_;
  net::HttpClient client_;
  std::string token_;
};

// The same of any object.
std::string text_at(const Json& json, const char* key);

}  // namespace heaters::elastic
