#pragma once

#include <future>
#include <memory>
#include <mutex>

#include "app/config.h"
#include "catalog/catalog.h"
#include "db/database.h"
#include "documents/video_document.h"
#include "jobs/node.h"
#include "storage/store.h"
#include "storage/workspace.h"

namespace heaters::app {

// The database, the store and the workspace that a configuration names. Embedded, all three are in one
// folder: heaters.sqlite, store/ and workspace/.
class Home {
 public:
  // Creates what is missing.
  static std::unique_ptr<Home> create(const Config& config);
  // The same, and with PostgreSQL the first connect() returns a connection that was opened beside: the server
  // takes a new process for each, and a worker that has just started needs two before it claims anything.
  static std::unique_ptr<Home> create_for_worker(const Config& config);
  // Throws NotFound when the embedded database does not exist: a command that only looks must not make one.
  static std::unique_ptr<Home> open(const Config& config);

  bool is_embedded() const { return config_.database_url.empty(); }

  // Another connection, for another thread. Thread-safe.
  std::unique_ptr<db::Database> connect();
  // Another handle on the store, which counts its own usage and heeds the stop; shares connections.
  std::unique_ptr<storage::Store> open_store(const std::stop_token& stop) const;
  // Made at the first call: looking at rows needs none.
  storage::Workspace& workspace();
  jobs::LocalNodes local_nodes() const;
  documents::Sources sources() { return {*database, *store, workspace()}; }

 private:
  using Connection = std::unique_ptr<db::Database>;
  explicit Home(const Config& config, std::future<Connection> ahead = {});

  Config config_;
  std::mutex ahead_mutex_;
  std::future<Connection> ahead_;
  std::shared_ptr<net::HttpPool> http_ = std::make_shared<net::HttpPool>();
  std::unique_ptr<storage::Workspace> workspace_;

 public:
  // After what they are made of.
  std::unique_ptr<db::Database> database;
  catalog::Catalog catalog;
  std::unique_ptr<storage::Store> store;
};

// Where the embedded database is, or the URL of the other.
std::string database_location(const Config& config);

// The store of a configuration; throws InvalidInput saying what is missing.
std::unique_ptr<storage::Store> open_store(const Config& config, const std::shared_ptr<net::HttpPool>& http,
                                           const std::stop_token& stop = {});

}  // namespace heaters::app
