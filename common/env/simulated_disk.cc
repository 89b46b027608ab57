#include "env/simulated_disk.h"

#include <fmt/format.h>

#include <algorithm>

namespace strata::env {
namespace {

std::string_view name_of(Unsynced what) {
  switch (what) {
    case Unsynced::kKept:
      return "kept";
    case Unsynced::kLost:
      return "lost";
    case Unsynced::kSubset:
      return "a subset";
  }
  return "unknown";
}

void write_into(Bytes& content, std::uint64_t offset, ByteView bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(offset));
}

// Writes each sector of `write` with a chance of one half.
void tear_into(Bytes& content, const SimulatedFile::Write& write, std::size_t sector_bytes,
               Random& random) {
  const ByteView bytes(write.bytes);
  for (std::size_t done = 0; done < bytes.size();) {
    const std::uint64_t at = write.offset + done;
    const std::size_t piece =
        std::min<std::size_t>(bytes.size() - done, sector_bytes - at % sector_bytes);
    if (random.one_in(2)) write_into(content, at, bytes.subspan(done, piece));
    done += piece;
  }
}

}  // namespace

std::string PowerCut::describe() const {
  return fmt::format("unsynced data {}, unsynced names {}, sectors of {} bytes, seed {}",
                     name_of(data), name_of(names), sector_bytes, seed);
}

void SimulatedFile::apply_to(Bytes& content, const Change& change) {
  if (const auto* write = std::get_if<Write>(&change))
    write_into(content, write->offset, write->bytes);
  else
    content.resize(std::get<Truncate>(change).size);
}

void SimulatedFile::apply(Change change) {
  apply_to(now, change);
  unsynced.push_back(std::move(change));
}

// Not `safe = now`: changes that a failed sync lost must stay lost.
void SimulatedFile::sync() {
  for (const Change& change : unsynced) apply_to(safe, change);
  unsynced.clear();
}

void SimulatedFile::replace(Bytes content) {
  safe = now = std::move(content);
  unsynced.clear();
}

Bytes SimulatedFile::after_power_cut(const PowerCut& cut, Random& random) const {
  if (cut.data == Unsynced::kLost) return safe;
  Bytes content = safe;
  for (const Change& change : unsynced) {
    const auto* write = std::get_if<Write>(&change);
    if (write && cut.data == Unsynced::kSubset)
      tear_into(content, *write, cut.sector_bytes, random);
    else if (cut.data == Unsynced::kKept || random.one_in(2))
      apply_to(content, change);
  }
  return content;
}

void SimulatedDirectory::apply_to(Names& names, const Change& change) {
  if (change.gone) names.erase(*change.gone);
  if (!change.come.empty()) names[change.come] = change.node;
}

void SimulatedDirectory::apply(Change change) {
  apply_to(now, change);
  unsynced.push_back(std::move(change));
}

void SimulatedDirectory::sync() {
  safe = now;
  unsynced.clear();
}

SimulatedDirectory::Names SimulatedDirectory::after_power_cut(const PowerCut& cut,
                                                              Random& random) const {
  Names names = safe;
  if (cut.names == Unsynced::kLost) return names;
  for (const Change& change : unsynced)
    if (cut.names == Unsynced::kKept || random.one_in(2)) apply_to(names, change);
  return names;
}

namespace {

std::shared_ptr<SimulatedNode> cut_node(const SimulatedNode& node, const PowerCut& cut,
                                        Random& random) {
  auto result = std::make_shared<SimulatedNode>();
  if (const auto* file = node.file()) {
    SimulatedFile after;
    after.safe = after.now = file->after_power_cut(cut, random);
    result->is = std::move(after);
    return result;
  }
  SimulatedDirectory after;
  for (const auto& [name, child] : node.directory()->after_power_cut(cut, random))
    after.safe[name] = cut_node(*child, cut, random);
  after.now = after.safe;
  result->is = std::move(after);
  return result;
}

// A node may have several names. A name that was removed may still be there after a power cut.
class Copier {
 public:
  std::shared_ptr<SimulatedNode> copy(const SimulatedNode& node) {
    auto& result = copies_[&node];
    if (result) return result;
    result = std::make_shared<SimulatedNode>(node);
    const auto made = result;  // a copy, because the map may move its elements
    if (SimulatedDirectory* const directory = made->directory()) {
      copy_all(directory->now);
      copy_all(directory->safe);
      for (SimulatedDirectory::Change& change : directory->unsynced)
        if (change.node) change.node = copy(*change.node);
    }
    return made;
  }

 private:
  void copy_all(SimulatedDirectory::Names& names) {
    for (auto& [name, node] : names) node = copy(*node);
  }

  std::map<const SimulatedNode*, std::shared_ptr<SimulatedNode>> copies_;
};

}  // namespace

std::shared_ptr<SimulatedNode> copy_of(const SimulatedNode& root) { return Copier().copy(root); }

std::shared_ptr<SimulatedNode> after_power_cut(const SimulatedNode& root, const PowerCut& cut) {
  Random random(cut.seed);
  return cut_node(root, cut, random);
}

}  // namespace strata::env
