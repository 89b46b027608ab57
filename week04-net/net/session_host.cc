#include "net/session_host.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "net/messages.h"
#include "net/session.h"

namespace strata::net {

namespace {

// What the service says of itself, and what the server adds.
proto::Limits limits_of(const Service& service, const ServerLimits& own) {
  proto::Limits limits = service.limits();
  limits.set_frame_bytes(own.frame_bytes);
  limits.set_in_flight_bytes(own.connection_bytes);
  limits.set_idle_seconds(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(own.idle).count()));
  limits.set_answer_bytes(kMaxAnswerSize);
  return limits;
}

}  // namespace

SessionHost::SessionHost(Service& the_service, const ServerOptions& the_options)
    : service(the_service),
      options(the_options),
      protocol{.identity = options.identity,
               .limits = options.limits,
               .durable = [this] { return service.durable(); },
               .told = [this] { return limits_of(service, options.limits); }} {}

void SessionHost::warn(std::string_view what, Socket& peer, std::string_view why) {
  if (!options.log) return;
  const auto left_out = log_limit.admit(now());
  if (!left_out) return;
  if (*left_out > 0) options.log->warn("lines about what peers did left out: {}", *left_out);
  options.log->warn("{}: peer={} why={}", what, peer_of(peer), one_line(why));
}

void SessionHost::add_figures(proto::StatsResult& stats) const {
  const auto named = [this](std::string_view name) {
    return fmt::format("{}_{}", options.role, name);
  };
  stats_to({{named("connections"), live->count()},
            {named("connections_accepted"), accepted.load()},
            {named("connections_refused"), refused.load()},
            {named("requests"), requests.load()},
            {named("answers_shed"), shed.load()},
            {named("in_flight_bytes"), static_cast<std::uint64_t>(in_flight_bytes.load())}},
           stats);
}

}  // namespace strata::net
