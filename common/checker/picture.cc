#include "checker/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/trace.h"

namespace strata::checker {
namespace {

std::string text_of_value(const Value& value) { return value ? printable(*value) : "no value"; }

const std::string& first_key(const Operation& operation) {
  for (const auto* accesses : {&operation.written, &operation.seen, &operation.refuted})
    if (!accesses->empty()) return accesses->front().key;
  static const std::string none;
  return none;
}

// "put k1 = v7", "delete k1", "get k1", "put k1 = v7, put k2 = v8 if k1 is v3"
std::string call_of(const Operation& operation) {
  std::string text;
  const auto add = [&](std::string_view between, const std::string& words) {
    text += text.empty() ? words : fmt::format("{}{}", between, words);
  };
  for (const Access& write : operation.written)
    add(", ", write.value
                  ? fmt::format("put {} = {}", printable(write.key), text_of_value(write.value))
                  : fmt::format("delete {}", printable(write.key)));
  for (const Access& seen : operation.seen) {
    if (operation.written.empty())
      add(", ", fmt::format("get {}", printable(seen.key)));
    else
      add(" ", fmt::format("if {} is {}", printable(seen.key), text_of_value(seen.value)));
  }
  for (const Access& refuted : operation.refuted)
    add(", ",
        fmt::format("a write if {} is {}", printable(refuted.key), text_of_value(refuted.value)));
  return text;
}

std::string answer_of(const Operation& operation) {
  if (!operation.refuted.empty()) return "the condition did not hold";
  if (!operation.written.empty()) return "done";
  std::string text;
  for (const Access& seen : operation.seen)
    text += fmt::format("{}{}", text.empty() ? "saw " : ", ", text_of_value(seen.value));
  return text;
}

// The moments between which a value was there, see zones.h.
struct Span {
  Time first_end = kNever;
  Time last_call = 0;

  void add(const Operation& operation) {
    first_end = std::min(first_end, operation.returned);
    last_call = std::max(last_call, operation.called);
  }
};

class Picture {
 public:
  Picture(const History& history, const Judgement& judgement,
          std::function<void(std::string_view)> write)
      : history_(history),
        judgement_(judgement),
        trace_("strata-history", std::move(write),
               [this] { return std::chrono::microseconds(moment_); }) {}

  void draw() {
    draw_operations();
    draw_zones();
    if (judgement_.verdict == Verdict::kNot)
      trace_.event("violation",
                   {{"operations", fmt::format("{}", fmt::join(judgement_.culprits, " "))},
                    {"what", judgement_.why}});
    else if (judgement_.verdict == Verdict::kLinearizable)
      trace_.event("linearizable", {{"operations", std::uint64_t{history_.size()}}});
  }

 private:
  void draw_operations() {
    std::vector<std::pair<Time, std::size_t>> moments;  // of calls and answers; and which operation
    for (std::size_t i = 0; i < history_.size(); ++i) {
      moments.emplace_back(history_[i].called, 2 * i);
      if (history_[i].is_known()) moments.emplace_back(history_[i].returned, 2 * i + 1);
    }
    std::ranges::sort(moments);
    for (const auto& [time, which] : moments) {
      moment_ = time;
      which % 2 == 0 ? draw_call(which / 2) : draw_answer(which / 2);
    }
  }

  void draw_call(std::uint64_t number) {
    const Operation& operation = history_[number];
    const std::string key = printable(first_key(operation));
    trace_.event("called", {{"client", operation.client},
                            {"operation", number},
                            {"key", key},
                            {"what", call_of(operation)}});
  }
  void draw_answer(std::uint64_t number) {
    const Operation& operation = history_[number];
    trace_.event("returned", {{"operation", number},
                              {"outcome", operation.refuted.empty() ? "ok" : "refused"},
                              {"what", answer_of(operation)}});
  }

  void draw_zones() {
    std::map<std::pair<std::string, std::string>, Span> zones;  // by key and value
    for (const Operation& operation : history_)
      for (const auto* accesses : {&operation.seen, &operation.written})
        for (const Access& access : *accesses)
          if (access.value) zones[{access.key, *access.value}].add(operation);
    for (const auto& [place, zone] : zones) {
      const auto& [first, last] = std::minmax(zone.first_end, zone.last_call);
      trace_.event("zone", {{"key", printable(place.first)},
                            {"value", printable(place.second)},
                            {"begin", static_cast<std::uint64_t>(first)},
                            {"end", static_cast<std::uint64_t>(std::min(last, moment_))},
                            {"kind", zone.first_end < zone.last_call ? "forward" : "backward"}});
    }
  }

  const History& history_;
  const Judgement& judgement_;
  Time moment_ = 0;  // the time of the trace
  Trace trace_;
};

}  // namespace

void write_picture(const History& history, const Judgement& judgement,
                   std::function<void(std::string_view)> write) {
  Picture(history, judgement, std::move(write)).draw();
}

}  // namespace strata::checker
