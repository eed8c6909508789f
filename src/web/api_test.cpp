// The operations and the document that describes them are the same.

#include "web/api.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "storage/local_store.h"

namespace heaters::web {
namespace {

std::string needs_of(Needs needs) {
  return needs == Needs::Nothing ? "nothing" : needs == Needs::Admin ? "admin" : "reviewer";
}

TEST(Api, IsWhatItsDocumentSays) {
  const TemporaryDirectory directory;
  storage::Workspace workspace(directory.path() / "workspace", 1U << 20);
  Uploads uploads(directory.path() / "uploads", {});
  Access access({});
  RequestCounts requests;
  sidecar::WorkerPool encoders{sidecar::PoolOptions{}};
  ApiServices services{.store = {},
                       .open_store = {},
                       .workspace = workspace,
                       .uploads = uploads,
                       .access = access,
                       .requests = requests,
                       .encoders = encoders};
  std::set<std::string> made;
  for (const Route& route : api_routes(services)) {
    made.insert(fmt::format("{} {} {} {}", route.method, route.path, route.operation, needs_of(route.needs)));
    EXPECT_TRUE(static_cast<bool>(route.handle) != static_cast<bool>(route.receive)) << route.operation;
  }
  std::set<std::string> described;
  const Json document = Json::parse(openapi_document);
  EXPECT_EQ(document["openapi"], "3.1.0");
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      described.insert(fmt::format("{} {} {} {}", name, path, operation["operationId"].get<std::string>(),
                                   operation["x-needs"].get<std::string>()));
    }
  }
  EXPECT_THAT(made, testing::ContainerEq(described));
}

}  // namespace
}  // namespace heaters::web
