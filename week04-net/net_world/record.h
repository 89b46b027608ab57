// What the clients of a world have seen: the history that is judged in the end.
//
// Thread-safety: none; a world has one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "checker/history.h"

namespace strata::world {

class Record {
 public:
  // Each moment comes once, so all that happens has an order.
  checker::Time moment() { return ++moment_; }
  std::uint64_t next_number() { return ++numbers_; }

  // An operation is over, or stays open for ever.
  void add(checker::Operation operation) { history_.push_back(std::move(operation)); }
  const checker::History& history() const { return history_; }

  // A value that is written has a name, which is a part of it; the history has only the names.
  // Returns `name`, or if there is such a value already, a name that begins with it.
  std::string name_value(const std::string& name, const std::string& key, std::string_view filler);
  // Requires: it was returned by name_value().
  const std::string& value_of(const std::string& name) const {
    return values_.find(name)->second.value;
  }
  // The name of a value that was read. If nobody has written exactly that: words that no value has.
  std::string name_of(const std::string& value) const;
  // Whether somebody has written this value to that key, or tried to.
  bool is_written(const std::string& key, const std::string& name) const;

 private:
  struct Written {
    std::string key;
    std::string value;
  };

  checker::Time moment_ = 0;
  std::uint64_t numbers_ = 0;
  checker::History history_;
  std::map<std::string, Written, std::less<>> values_;  // by their names
};

}  // namespace strata::world
