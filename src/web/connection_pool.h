#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "db/database.h"

namespace heaters::web {

// Connections to the database that requests borrow. Makes one when all are out; their number is that of the
// threads that ask at the same time. Thread-safe.
class ConnectionPool {
 public:
  using Connect = std::function<std::unique_ptr<db::Database>()>;
  explicit ConnectionPool(Connect connect) : connect_(std::move(connect)) {}

  // Goes back when it dies.
  class Borrowed {
   public:
    Borrowed(ConnectionPool& pool, std::unique_ptr<db::Database> database)
        : pool_(&pool), database_(std::move(database)) {}
    Borrowed(Borrowed&&) = default;
    Borrowed& operator=(Borrowed&&) = delete;
    ~Borrowed() {
      if (database_) pool_->give_back(std::move(database_));
    }
    db::Database& operator*() const { return *database_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<db::Database> database_;
  };

  Borrowed borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto database = std::move(idle_.back());
        idle_.pop_back();
        return {*this, std::move(database)};
      }
    }
    return {*this, connect_()};
  }

 private:
  void give_back(std::unique_ptr<db::Database> database) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(database));
  }

  Connect connect_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<db::Database>> idle_;
};

}  // namespace heaters::web
