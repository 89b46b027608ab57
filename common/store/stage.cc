#include "store/stage.h"

#include <algorithm>

namespace strata {
namespace {

// Sorted by name, so that a program's output does not depend on the order in which it was linked.
std::vector<Stage>& stage_registry() {
  static std::vector<Stage> registry;
  return registry;
}

std::vector<FileDumper>& dumper_registry() {
  static std::vector<FileDumper> registry;
  return registry;
}

std::vector<Connector>& connector_registry() {
  static std::vector<Connector> registry;
  return registry;
}

}  // namespace

void register_stage(Stage stage) {
  auto& registry = stage_registry();
  const auto place = std::ranges::lower_bound(registry, stage.name, {}, &Stage::name);
  registry.insert(place, std::move(stage));
}

void register_dumper(FileDumper dumper) { dumper_registry().push_back(std::move(dumper)); }

void register_connector(Connector connector) {
  connector_registry().push_back(std::move(connector));
}

Result<const Connector*> find_connector(std::string_view address) {
  const Connector* found = nullptr;
  for (const Connector& connector : connector_registry()) {
    const bool named = !connector.scheme.empty() && address.starts_with(connector.scheme + ":");
    if (named || (connector.scheme.empty() && !found)) found = &connector;
  }
  if (found) return found;
  return unsupported("this program was built without a network");
}

const std::vector<Stage>& stages() { return stage_registry(); }
const std::vector<FileDumper>& dumpers() { return dumper_registry(); }

Result<const Stage*> find_stage(std::string_view name) {
  std::string known;
  for (const Stage& stage : stages()) {
    if (stage.name == name) return &stage;
    known += (known.empty() ? "" : ", ") + stage.name;
  }
  return invalid_argument("unknown stage '" + std::string(name) + "'; there are: " + known);
}

}  // namespace strata
