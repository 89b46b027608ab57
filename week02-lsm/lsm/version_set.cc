#include "lsm/version_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <unordered_set>

#include "base/assert.h"

namespace strata::lsm {
namespace {

env::Path manifest_of(const env::Path& directory) { return directory / kManifestDirectory; }
env::Path tables_of(const env::Path& directory) { return directory / kTablesDirectory; }

Result<void> make_directory_if_missing(env::FileSystem& fs, const env::Path& path) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(path));
  if (kind == env::FileKind::kMissing) STRATA_TRY(fs.make_directory(path));
  return fs.sync_directory(path.parent_path());
}

}  // namespace

Result<void> VersionSet::create(env::FileSystem& fs, const env::Path& directory,
                                std::uint64_t store_id) {
  STRATA_TRY(make_directory_if_missing(fs, tables_of(directory)));
  STRATA_TRY(const env::FileKind manifest, fs.kind_of(manifest_of(directory)));
  if (manifest != env::FileKind::kMissing) return {};
  return Manifest::create(fs, manifest_of(directory), store_id);
}

VersionSet::VersionSet(env::FileSystem& fs, const env::Path& directory, std::uint64_t store_id,
                       const VersionSetOptions& options)
    : fs_(fs), table_directory_(tables_of(directory)), store_id_(store_id), options_(options) {}

Result<std::unique_ptr<VersionSet>> VersionSet::open(env::FileSystem& fs,
                                                     const env::Path& directory,
                                                     std::uint64_t store_id,
                                                     const VersionSetOptions& options) {
  std::unique_ptr<VersionSet> set(new VersionSet(fs, directory, store_id, options));
  STRATA_TRY(set->manifest_,
             Manifest::open(fs, manifest_of(directory), store_id, options.manifest));
  STRATA_TRY(set->current_, TableSet::open(fs, set->table_directory_, store_id, options.reading,
                                           set->manifest_->version(), nullptr));
  set->next_number_ = set->manifest_->version().next_number;
  STRATA_TRY(set->find_orphans());
  return set;
}

Result<void> VersionSet::resume() {
  STRATA_TRY(manifest_->resume());
  for (const env::Path& path : orphans_) STRATA_TRY(fs_.remove(path));
  orphans_.clear();
  return {};
}

Result<void> VersionSet::find_orphans() {
  std::unordered_set<std::uint64_t> named;
  for (const auto& tables : current_->version().levels)
    for (const TableInfo& table : tables) named.insert(table.number);
  STRATA_TRY(const auto names, fs_.list(table_directory_));
  for (const std::string& name : names) {
    const auto number = parse_table_name(name);
    if (!number || named.contains(*number)) continue;
    // A flush makes only files. Anything else of such a name is somebody else's, and stays; no
    // table gets its number.
    STRATA_TRY(const env::FileKind kind, fs_.kind_of(table_directory_ / name));
    if (kind != env::FileKind::kFile) {
      next_number_ = std::max<std::uint64_t>(next_number_, *number + 1);
      continue;
    }
    STRATA_TRY(check_that_it_is_ours(table_directory_ / name));
    orphans_.push_back(table_directory_ / name);
  }
  return {};
}

// An incomplete table has no footer, so it counts as ours.
Result<void> VersionSet::check_that_it_is_ours(const env::Path& table) const {
  STRATA_TRY(const auto file, fs_.open_for_read(table));
  STRATA_TRY(const std::uint64_t size, file->size());
  if (size < kFooterSize) return {};
  Bytes bytes(kFooterSize);
  STRATA_TRY(const std::size_t count, file->read_at(size - kFooterSize, bytes));
  const auto footer = decode_footer(ByteView(bytes).first(count));
  if (!footer && footer.error().code == ErrorCode::kUnsupported)
    return unsupported(
        fmt::format("{}: {}; use the newer program", table.string(), footer.error().message));
  if (!footer || footer->id.store_id == store_id_) return {};
  return corruption(fmt::format("{} is a table of another store; move it away", table.string()));
}

std::shared_ptr<const TableSet> VersionSet::current() const {
  const std::lock_guard lock(current_mutex_);
  return current_;
}

Result<std::unique_ptr<TableBuilder>> VersionSet::new_table(const TableOptions* options) {
  {
    const std::lock_guard lock(edit_mutex_);
    if (manifest_->failure()) return *manifest_->failure();
  }
  const TableId id{store_id_, next_number_++, options_.entropy->nonzero_bits()};
  return TableBuilder::create(fs_, table_directory_, id, options ? *options : options_.tables);
}

Result<void> VersionSet::sync_tables() { return fs_.sync_directory(table_directory_); }

void VersionSet::discard(std::uint64_t number) try {
  static_cast<void>(fs_.remove(table_directory_ / table_name(number)).has_value());
} catch (const std::bad_alloc&) {
  return;
}

Result<TableInfo> VersionSet::write_table(const Memtable& memtable) {
  STRATA_TRY(auto builder, new_table());
  auto info = fill(*builder, memtable);
  if (info) return info;
  // A caller that tries again on a full disk must not use up the space that becomes free.
  const std::uint64_t number = builder->id().number;
  builder.reset();
  discard(number);
  return info;
}

Result<TableInfo> VersionSet::fill(TableBuilder& table, const Memtable& memtable) {
  for (auto it = memtable.begin(); it.valid(); it.next())
    STRATA_TRY(table.add(it.key(), it.value()));
  STRATA_TRY(TableInfo info, table.finish());
  STRATA_TRY(sync_tables());
  return info;
}

Result<std::shared_ptr<const TableSet>> VersionSet::flushed(const TableInfo& table,
                                                            wal::Position log_start,
                                                            SequenceNumber sequence) {
  const std::lock_guard lock(edit_mutex_);
  STRATA_TRY(apply({.added = {{.level = 0, .table = table}},
                    .removed = {},
                    .log_start = log_start,
                    .sequence = sequence},
                   std::max(readable_from_, current()->readable_from())));
  return current();
}

void VersionSet::readable_from(SequenceNumber sequence) {
  const std::lock_guard lock(edit_mutex_);
  readable_from_ = std::max(readable_from_, sequence);
}

Result<void> VersionSet::compacted(const std::vector<NumberAt>& removed, std::vector<TableAt> added,
                                   SequenceNumber readable_from) {
  const std::lock_guard lock(edit_mutex_);
  const auto before = current();
  const Version& version = manifest_->version();
  std::unordered_set<std::uint64_t> stays;  // tables that only move
  for (const TableAt& come : added) stays.insert(come.table.number);
  STRATA_TRY(apply({.added = std::move(added),
                    .removed = removed,
                    .log_start = version.log_start,
                    .sequence = version.sequence},
                   std::max({readable_from, readable_from_, before->readable_from()})));
  for (const OpenTable* gone : before->open_tables(removed))
    if (!stays.contains(gone->table->id().number)) gone->table->remove_when_unused();
  return {};
}

Result<void> VersionSet::replaced(const std::vector<TableInfo>& tables, wal::Position log_start,
                                  SequenceNumber sequence) {
  const std::lock_guard lock(edit_mutex_);
  const auto before = current();
  VersionEdit edit{.added = {}, .removed = {}, .log_start = log_start, .sequence = sequence};
  for (const TableInfo& table : tables) edit.added.push_back({kLevels - 1, table});
  for (std::size_t level = 0; level < kLevels; ++level)
    for (const TableInfo& table : before->version().levels[level])
      edit.removed.push_back({level, table.number});
  const auto all_gone = before->open_tables(edit.removed);
  STRATA_TRY(apply(std::move(edit), sequence));
  for (const OpenTable* gone : all_gone) gone->table->remove_when_unused();
  return {};
}

Result<void> VersionSet::apply(VersionEdit edit, SequenceNumber readable_from) {
  if (manifest_->failure()) {  // final; a caller that tries again must not fill the disk
    discard_new(edit);
    return *manifest_->failure();
  }
  edit.next_number = next_number_;
  STRATA_TRY(Version next, lsm::apply(manifest_->version(), edit));
  auto tables = TableSet::open(fs_, table_directory_, store_id_, options_.reading, next,
                               current().get(), readable_from);
  if (!tables) {
    discard_new(edit);
    return std::move(tables).error();
  }
  if (auto entered = manifest_->append(edit, std::move(next)); !entered) {
    // Only after a full disk is it certain that the manifest does not name these tables.
    if (entered.error().code == ErrorCode::kUnavailable) {
      tables->reset();
      discard_new(edit);
    }
    return entered;
  }
  const std::lock_guard lock(current_mutex_);
  current_ = *std::move(tables);
  return {};
}

void VersionSet::discard_new(const VersionEdit& edit) {
  for (const auto& [level, table] : edit.added)
    if (!current()->has(table.number)) discard(table.number);
}

std::optional<std::uint64_t> VersionSet::free_bytes() const {
  const auto bytes = fs_.free_bytes(table_directory_);
  return bytes ? std::optional(*bytes) : std::nullopt;
}

Result<void> VersionSet::verify() {
  const auto tables = current();
  STRATA_TRY(verify_manifest());
  return tables->verify();
}

// When a store is opened, a damaged last edit looks like a torn one, which a crash may leave. But
// there was no crash now.
Result<void> VersionSet::verify_manifest() {
  const std::lock_guard lock(edit_mutex_);
  if (manifest_->failure()) return *manifest_->failure();
  const env::Path directory = manifest_of(table_directory_.parent_path());
  STRATA_TRY(const auto found, Manifest::open(fs_, directory, store_id_, options_.manifest));
  if (found->version() == manifest_->version()) return {};
  return corruption(fmt::format(
      "damage: {}: the last edits were there, and are not any more; restore the directory from a "
      "copy",
      directory.string()));
}

wal::Position VersionSet::manifest_end() const {
  const std::lock_guard lock(edit_mutex_);
  return manifest_->durable_end();
}

void VersionSet::check_invariants() const {
  const std::lock_guard lock(edit_mutex_);
  const auto tables = current();
  tables->version().check_invariants();
  STRATA_ASSERT(tables->version() == manifest_->version());
  STRATA_ASSERT(tables->version().next_number <= next_number_);
}

Result<void> VersionSet::close() {
  const std::lock_guard lock(edit_mutex_);
  return manifest_->close();
}

}  // namespace strata::lsm
