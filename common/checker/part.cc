#include "checker/part.h"

#include <optional>
#include <string_view>
#include <unordered_map>

namespace strata::checker {
namespace {

// Sets of numbers that are joined (Tarjan, "Efficiency of a Good But Not Linear Set Union
// Algorithm", JACM 1975).
class Sets {
 public:
  std::uint32_t add() {
    parents_.push_back(static_cast<std::uint32_t>(parents_.size()));
    return parents_.back();
  }
  std::uint32_t find(std::uint32_t number) {
    while (parents_[number] != number) number = parents_[number] = parents_[parents_[number]];
    return number;
  }
  void join(std::uint32_t one, std::uint32_t other) { parents_[find(one)] = find(other); }

 private:
  std::vector<std::uint32_t> parents_;
};

class Splitter {
 public:
  std::vector<Part> split(const History& history) {
    for (const Operation& operation : history) join_keys(operation);
    for (std::size_t i = 0; i < history.size(); ++i) add(i, history[i]);
    return std::move(parts_);
  }

 private:
  struct Key {
    std::uint32_t number;  // in sets_
    std::uint32_t in_part = 0;
    bool placed = false;
  };

  template <class Do>
  static void for_each_access(const Operation& operation, Do action) {
    for (const auto* accesses : {&operation.seen, &operation.refuted, &operation.written})
      for (const Access& access : *accesses) action(access);
  }

  void join_keys(const Operation& operation) {
    std::optional<std::uint32_t> first;
    for_each_access(operation, [&](const Access& access) {
      const auto [found, fresh] = keys_.try_emplace(access.key);
      if (fresh) found->second.number = sets_.add();
      if (first)
        sets_.join(*first, found->second.number);
      else
        first = found->second.number;
    });
  }

  void add(std::size_t index, const Operation& operation) {
    PartOperation made{index, operation.called, operation.returned, {}, {}, {}};
    Part* part = nullptr;
    const auto take = [&](const std::vector<Access>& from, std::vector<PartAccess>& to) {
      for (const Access& access : from) {
        Key& key = keys_.at(access.key);
        part = &part_of(key);
        to.push_back({key.in_part, number_of(access.value)});
      }
    };
    take(operation.seen, made.seen);
    take(operation.refuted, made.refuted);
    take(operation.written, made.written);
    if (part) part->operations.push_back(std::move(made));
  }

  Part& part_of(Key& key) {
    const auto [found, fresh] = places_.try_emplace(sets_.find(key.number), parts_.size());
    if (fresh) parts_.emplace_back();
    Part& part = parts_[found->second];
    if (!key.placed) key.in_part = part.keys++;
    key.placed = true;
    return part;
  }

  std::uint32_t number_of(const Value& value) {
    if (!value) return kAbsent;
    return values_.try_emplace(*value, static_cast<std::uint32_t>(values_.size()) + 1)
        .first->second;
  }

  Sets sets_;
  std::unordered_map<std::string_view, Key> keys_;
  std::unordered_map<std::string_view, std::uint32_t> values_;
  std::unordered_map<std::uint32_t, std::size_t> places_;  // of the sets, in parts_
  std::vector<Part> parts_;
};

}  // namespace

std::vector<Part> parts_of(const History& history) { return Splitter().split(history); }

}  // namespace strata::checker
