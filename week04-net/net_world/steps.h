// The settings and the steps that a plan for week 4 may have.
//
// Thread-safety: for all threads; there is no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/subject.h"

namespace strata::world {

std::vector<sim::Setting> settings();
std::vector<sim::Verb> verbs();
// What they are made of: what clients do; what befalls one of these nodes; what befalls a client.
std::vector<sim::Verb> actions();
std::vector<sim::Verb> node_faults(const std::vector<std::string>& nodes);
std::vector<sim::Verb> client_faults();

std::uint64_t clients_of(const sim::Plan& plan);
// "c2" is client 2 of a plan that has two. nullopt: there is no such client.
std::optional<std::uint64_t> client_in(std::string_view word, const sim::Plan& plan);

}  // namespace strata::world
