// Removes keys that a server has no more, some at a time, beside everything else that it does.
//
// It does one piece of work after the other, in the order in which they were asked for. So a server
// that loses points and gets them back erases what it had before it takes what is new.
//
// Thread-safety: belongs to the executor's thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "env/executor.h"
#include "hashing/point_range.h"
#include "net/store_service.h"

namespace strata::shard {

class Eraser {
 public:
  // Lifetime: all references outlive this object.
  Eraser(Store& store, net::StoreService& service, env::Executor& executor)
      : store_(store), service_(service), executor_(executor) {}
  Eraser(const Eraser&) = delete;
  Eraser& operator=(const Eraser&) = delete;

  // Removes all keys of clients on `points`, and calls `then`. If the store fails, it tries again
  // until it has done it. Requires: nobody writes such keys meanwhile.
  void erase(hashing::PointSet points, env::Task then);

  bool is_idle() const { return line_.empty(); }

 private:
  struct Work {
    hashing::PointSet points;
    env::Task then;
    std::string next_key = {};  // it goes on there
  };
  // What a look at the store has found.
  struct Found {
    std::vector<std::string> keys = {};
    std::string next_key = {};
    bool end = false;
    bool failed = false;
  };

  void look();
  static Found look_for(Store& store, const hashing::PointSet& points, std::string from);
  void found(Found found);
  void removed(const Result<void>& outcome, Found found);
  void again();

  Store& store_;
  net::StoreService& service_;
  env::Executor& executor_;
  std::deque<Work> line_;
  env::Timer pause_;
  // What runs elsewhere may come back when this object is gone.
  std::shared_ptr<Eraser*> me_ = std::make_shared<Eraser*>(this);
};

}  // namespace strata::shard
