#include "sim/viewer_trace.h"

namespace strata::sim {

void ViewerTrace::begin(const env::Clock& clock, std::string_view subject, std::uint64_t seed) {
  trace_.emplace(program_, write_, [&clock] { return clock.steady(); });
  trace_->event("world", {{"subject", subject}, {"seed", seed}});
}

void ViewerTrace::lane(std::string_view lane, std::string_view kind) {
  trace_->event("lane", {{"lane", lane}, {"kind", kind}});
}

void ViewerTrace::sent(MessageNumber message, std::string_view from, std::string_view to,
                       std::string_view what, std::uint64_t size) {
  trace_->event("sent",
                {{"message", message}, {"from", from}, {"to", to}, {"what", what}, {"size", size}});
}

void ViewerTrace::arrived(MessageNumber message) {
  trace_->event("arrived", {{"message", message}});
}

void ViewerTrace::lost(MessageNumber message, std::string_view why) {
  trace_->event("lost", {{"message", message}, {"why", why}});
}

void ViewerTrace::fault(std::string_view lane, std::string_view what) {
  trace_->event("fault", {{"lane", lane}, {"what", what}});
}

void ViewerTrace::healed() { trace_->event("healed"); }

void ViewerTrace::state(std::string_view lane, std::string_view state, std::string_view words) {
  trace_->event("state", {{"lane", lane}, {"state", state}, {"words", words}});
}

void ViewerTrace::did(std::string_view lane, std::string_view what) {
  trace_->event("did", {{"lane", lane}, {"what", what}});
}

void ViewerTrace::called(std::string_view lane, OperationNumber operation, std::string_view what) {
  trace_->event("called", {{"lane", lane}, {"operation", operation}, {"what", what}});
}

void ViewerTrace::returned(std::string_view lane, OperationNumber operation,
                           std::string_view outcome, std::string_view what) {
  trace_->event("returned",
                {{"lane", lane}, {"operation", operation}, {"outcome", outcome}, {"what", what}});
}

void ViewerTrace::broken(std::string_view invariant, std::string_view what) {
  trace_->event("broken", {{"invariant", invariant}, {"what", what}});
}

}  // namespace strata::sim
