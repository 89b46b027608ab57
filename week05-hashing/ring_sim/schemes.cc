#include "ring_sim/schemes.h"

#include <array>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "placement/bounded_loads.h"
#include "placement/jump_hash.h"
#include "placement/maglev_table.h"
#include "placement/modulo_placement.h"
#include "placement/rendezvous.h"
#include "placement/ring_placement.h"

namespace strata::hashing {
namespace {

constexpr std::array<std::string_view, 6> kNames{"modulo", "jump", "rendezvous",
                                                 "maglev", "ring", "bounded"};

// Null if there is no placement with that name.
std::unique_ptr<Placement> make_placement(std::string_view name, std::vector<Member> members,
                                          std::uint32_t virtual_nodes) {
  if (name == "modulo") return std::make_unique<ModuloPlacement>(members);
  if (name == "jump") return std::make_unique<JumpHash>(members);
  if (name == "rendezvous") return std::make_unique<Rendezvous>(members);
  if (name == "maglev") return std::make_unique<MaglevTable>(std::move(members));
  if (name == "ring") return std::make_unique<RingPlacement>(std::move(members), virtual_nodes);
  return nullptr;
}

}  // namespace

std::span<const std::string_view> scheme_names() { return kNames; }

Scheme make_scheme(std::string_view name, std::vector<Member> members, const Settings& settings) {
  const std::uint32_t virtual_nodes = settings.virtual_nodes.front();
  if (name == "bounded") {
    auto loads = std::make_unique<BoundedLoads>(std::move(members), settings.keys, settings.slack,
                                                virtual_nodes);
    const std::size_t memory = loads->memory_bytes();
    return {[loads = std::move(loads)](Point key) { return loads->place(key); }, memory};
  }
  auto placement = make_placement(name, std::move(members), virtual_nodes);
  STRATA_ASSERT(placement);
  const std::size_t memory = placement->memory_bytes();
  return {[placement = std::move(placement)](Point key) { return placement->owner(key); }, memory};
}

}  // namespace strata::hashing
