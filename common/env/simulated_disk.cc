#include "env/simulated_disk.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

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
  if (disk_lost) return "the whole disk lost";
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

std::uint64_t SimulatedFile::unsynced_bytes() const {
  std::uint64_t total = 0;
  for (const Change& change : unsynced)
    if (const auto* write = std::get_if<Write>(&change)) total += write->bytes.size();
  return total;
}

void SimulatedFile::replace(Bytes content) {
  safe = now = std::move(content);
  unsynced.clear();
}

bool SimulatedFile::is_unsynced(std::uint64_t byte) const {
  return std::ranges::any_of(unsynced, [byte](const Change& change) {
    if (const auto* cut = std::get_if<Truncate>(&change)) return byte >= cut->size;
    const auto& write = std::get<Write>(change);
    return byte >= write.offset && byte - write.offset < write.bytes.size();
  });
}

void SimulatedFile::flip_bit(std::uint64_t byte, unsigned bit) {
  STRATA_ASSERT(byte < safe.size() && bit < 8);
  // After a failed sync, readers may see other bytes than the disk has, though none is unsynced.
  const bool seen = byte < now.size() && now[byte] == safe[byte] && !is_unsynced(byte);
  safe[byte] ^= std::byte{1} << bit;
  if (seen) now[byte] = safe[byte];
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

// What the power cut leaves of each file is decided once, whichever of its names is met first.
class Cutter {
 public:
  explicit Cutter(const PowerCut& cut) : cut_(cut), random_(cut.seed) {}

  std::shared_ptr<SimulatedNode> node(const SimulatedNode& before) {
    return before.file() ? file(before) : directory(*before.directory());
  }

 private:
  std::shared_ptr<SimulatedNode> file(const SimulatedNode& before) {
    auto& result = files_[&before];
    if (result) return result;
    SimulatedFile after;
    after.safe = after.now = before.file()->after_power_cut(cut_, random_);
    result = std::make_shared<SimulatedNode>();
    result->is = std::move(after);
    return result;
  }

  std::shared_ptr<SimulatedNode> directory(const SimulatedDirectory& before) {
    SimulatedDirectory after;
    for (const auto& [name, child] : before.after_power_cut(cut_, random_))
      after.safe[name] = node(*child);
    after.now = after.safe;
    auto result = std::make_shared<SimulatedNode>();
    result->is = std::move(after);
    return result;
  }

  const PowerCut& cut_;
  Random random_;
  std::map<const SimulatedNode*, std::shared_ptr<SimulatedNode>> files_;
};

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
  if (!cut.disk_lost) return Cutter(cut).node(root);
  auto empty = std::make_shared<SimulatedNode>();
  empty->is = SimulatedDirectory{};
  return empty;
}

namespace {

struct FoundFile {
  Path path;
  const SimulatedFile* file;
};

// Each file once, by the first of its names in alphabetical order.
void find_files(const SimulatedNode& node, const Path& path, std::vector<FoundFile>& found) {
  if (const auto* directory = node.directory()) {
    for (const auto& [name, child] : directory->now) find_files(*child, path / name, found);
  } else if (std::ranges::find(found, node.file(), &FoundFile::file) == found.end()) {
    found.push_back({path, node.file()});
  }
}

}  // namespace

std::optional<BitPlace> choose_safe_bit(const SimulatedNode& root, std::uint64_t seed) {
  std::vector<FoundFile> files;
  find_files(root, "/", files);
  std::uint64_t total = 0;
  for (const FoundFile& found : files) total += found.file->safe.size();
  if (total == 0) return std::nullopt;
  Random random(seed);
  std::uint64_t byte = random.below(total);
  const auto bit = static_cast<unsigned>(random.below(8));
  for (FoundFile& found : files) {
    if (byte < found.file->safe.size()) return BitPlace{std::move(found.path), byte, bit};
    byte -= found.file->safe.size();
  }
  return std::nullopt;
}

}  // namespace strata::env
