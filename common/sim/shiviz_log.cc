#include "sim/shiviz_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace strata::sim {

void ShivizLog::begin(const env::Clock&, std::string_view, std::uint64_t) {
  write_(kStart);
  write_("\n");  // there is one execution
}

// Counts and writes an event. Returns the clock of the lane.
ShivizLog::VectorClock& ShivizLog::event(std::string_view lane, std::string_view what) {
  VectorClock& clock = clocks_[std::string(lane)];
  ++clock[std::string(lane)];
  std::string counts;
  for (const auto& [other, count] : clock)
    counts += fmt::format("{}\"{}\":{}", counts.empty() ? "" : ",", other, count);
  write_(fmt::format("{} {{{}}}\n{}\n", lane, counts, what));
  return clock;
}

void ShivizLog::sent(MessageNumber message, std::string_view from, std::string_view to,
                     std::string_view what, std::uint64_t) {
  const VectorClock& clock = event(from, fmt::format("sends \"{}\" to {}", what, to));
  under_way_[message] = {std::string(from), std::string(to), std::string(what), clock};
}

void ShivizLog::arrived(MessageNumber number) {
  const auto found = under_way_.extract(number);
  if (!found) return;
  const Message& message = found.mapped();
  VectorClock& clock = clocks_[message.to];
  for (const auto& [lane, count] : message.clock) clock[lane] = std::max(clock[lane], count);
  event(message.to, fmt::format("gets \"{}\" from {}", message.what, message.from));
}

void ShivizLog::lost(MessageNumber message, std::string_view) { under_way_.erase(message); }

void ShivizLog::fault(std::string_view lane, std::string_view what) {
  if (!lane.empty()) event(lane, what);
}

void ShivizLog::state(std::string_view lane, std::string_view state, std::string_view words) {
  event(lane, words.empty() ? std::string(state) : fmt::format("{}: {}", state, words));
}

void ShivizLog::did(std::string_view lane, std::string_view what) { event(lane, what); }

void ShivizLog::called(std::string_view lane, OperationNumber, std::string_view what) {
  event(lane, fmt::format("asks for {}", what));
}

void ShivizLog::returned(std::string_view lane, OperationNumber, std::string_view outcome,
                         std::string_view what) {
  event(lane, what.empty() ? std::string(outcome) : fmt::format("{}: {}", outcome, what));
}

}  // namespace strata::sim
