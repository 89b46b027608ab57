#include "lsm_verbs/table_verbs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lsm_verbs/lsm_shell.h"

namespace strata::lsm {
namespace {

using shell::Arguments;
using shell::DiskStage;
using shell::Output;
using shell::Verb;

// A key may have 64 KiB; its beginning is enough to recognise it.
std::string shown_key(const std::string& entry_key) {
  constexpr std::size_t kShownBytes = 60;
  const std::string_view key = parse_key(entry_key)->user_key;
  if (key.size() <= kShownBytes) return printable(key);
  return fmt::format("{}... ({} bytes)", printable(key.substr(0, kShownBytes)), key.size());
}

}  // namespace

Verb flush_verb(DiskStage& stage) {
  return {.name = "FLUSH",
          .usage = "FLUSH",
          .help = "write what is in memory out as a table",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm_store_to_change(stage));
            STRATA_TRY(store->flush());
            out.line("OK");
            return {};
          }};
}

Verb levels_verb(DiskStage& stage) {
  return {.name = "LEVELS",
          .usage = "LEVELS",
          .help = "print the tables of each level: number, bytes, entries, first and last key",
          .run = [&](const Arguments&, Output& out) -> Result<void> {
            STRATA_TRY(LsmStore* const store, lsm_store(stage));
            const Version version = store->version();
            for (std::size_t level = 0; level < version.levels.size(); ++level)
              for (const TableInfo& table : version.levels[level])
                out.line(fmt::format("level {}  table {}  {} bytes  {} entries  {} .. {}", level,
                                     table.number, table.file_size, table.entries,
                                     shown_key(table.smallest), shown_key(table.largest)));
            out.line(fmt::format("({} table{}, {} bytes)", version.table_count(),
                                 version.table_count() == 1 ? "" : "s", version.table_bytes()));
            return {};
          }};
}

}  // namespace strata::lsm
