#include "checker/linearizability.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "checker/smallest_part.h"
#include "checker/zones.h"

namespace strata::checker {
namespace {

std::uint64_t number_of(const PartAccess& access) {
  return std::uint64_t{access.key} << 32 | access.value;
}

// A write of unknown outcome that nobody saw may just as well not have been done. Unless an
// operation was refused: it may have been the reason.
void leave_out_unseen(Part& part) {
  std::unordered_set<std::uint64_t> seen;
  for (const PartOperation& operation : part.operations) {
    if (!operation.refuted.empty()) return;
    for (const PartAccess& access : operation.seen) seen.insert(number_of(access));
  }
  std::erase_if(part.operations, [&](const PartOperation& operation) {
    return !operation.is_known() &&
           std::ranges::none_of(operation.written, [&](const PartAccess& write) {
             return seen.contains(number_of(write));
           });
  });
}

// An operation that saw a value that no operation of the part writes. (One of unknown outcome was
// not done, then.)
struct Unwritten {
  std::size_t operation;  // in the history
  std::size_t seen;
};
std::optional<Unwritten> what_nobody_wrote(const Part& part) {
  std::unordered_set<std::uint64_t> written;
  for (const PartOperation& operation : part.operations)
    for (const PartAccess& access : operation.written) written.insert(number_of(access));
  for (const PartOperation& operation : part.operations)
    for (std::size_t i = 0; operation.is_known() && i < operation.seen.size(); ++i)
      if (operation.seen[i].value != kAbsent && !written.contains(number_of(operation.seen[i])))
        return Unwritten{operation.index, i};
  return std::nullopt;
}

void explain(const History& history, const Unwritten& unwritten, Judgement& judgement) {
  const Operation& operation = history[unwritten.operation];
  const Access& seen = operation.seen[unwritten.seen];
  judgement.culprits = {unwritten.operation};
  judgement.why = fmt::format("nobody wrote {} to {}, or he was told that it was not done\n  {}",
                              printable(*seen.value), printable(seen.key), text_of(operation));
}

void explain(const History& history, Part part, std::string why, std::uint64_t budget,
             Judgement& judgement) {
  part = smallest_part(std::move(part), budget);
  // The words are about what is left.
  if (const auto judged = judge_by_zones(part); judged && !judged->linearizable) why = judged->why;
  for (const PartOperation& operation : part.operations)
    judgement.culprits.push_back(operation.index);
  std::ranges::stable_sort(judgement.culprits, {},
                           [&](std::size_t index) { return history[index].called; });
  judgement.why = std::move(why);
  for (const std::size_t index : judgement.culprits)
    judgement.why += fmt::format("\n  {}", text_of(history[index]));
}

}  // namespace

Judgement judge(const History& history, const Budget& budget) {
  Judgement judgement;
  for (Part& part : parts_of(history)) {
    if (const auto unwritten = what_nobody_wrote(part)) {
      judgement.verdict = Verdict::kNot;
      explain(history, *unwritten, judgement);
      return judgement;
    }
    leave_out_unseen(part);
    std::string why = "these operations cannot be put in any order";
    Verdict verdict = Verdict::kLinearizable;
    if (auto judged = judge_by_zones(part)) {
      ++judgement.by_zones;
      if (judged->linearizable) continue;
      verdict = Verdict::kNot;
      Part culprits{.keys = part.keys};
      for (const std::size_t place : judged->culprits)
        culprits.operations.push_back(part.operations[place]);
      part = std::move(culprits);
    } else {
      ++judgement.by_search;
      const Searched searched = judge_by_search(part, budget.states);
      judgement.most_states = std::max(judgement.most_states, searched.states);
      verdict = searched.verdict;
    }
    if (verdict == Verdict::kLinearizable) continue;
    judgement.verdict = verdict;
    if (verdict == Verdict::kInconclusive) continue;
    explain(history, std::move(part), std::move(why), budget.states, judgement);
    return judgement;
  }
  return judgement;
}

}  // namespace strata::checker
