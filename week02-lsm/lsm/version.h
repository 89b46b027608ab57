// Which tables make up the store, and how that changes. Format of edits: FORMAT.md.
//
// A version is never changed: a flush makes a new one, and whoever reads an old one goes on
// undisturbed. Pure: values in, values out.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "lsm/entry_key.h"
#include "lsm/table_builder.h"
#include "wal/position.h"

namespace strata::lsm {

// Levels from the top. In level 0 tables overlap and the newest comes first; in the others
// they do not, and stand in the order of their keys.
inline constexpr std::size_t kLevels = 7;

struct Version {
  std::vector<std::vector<TableInfo>> levels{kLevels};
  wal::Position log_start;        // what the log says from here on is in no table
  SequenceNumber sequence;        // of the last operation before log_start
  std::uint64_t next_number = 1;  // of a table to be made

  std::uint64_t table_count() const;
  std::uint64_t table_bytes() const;
  void check_invariants() const;
  bool operator==(const Version&) const = default;
};

struct TableAt {
  std::size_t level;
  TableInfo table;
};
struct NumberAt {
  std::size_t level;
  std::uint64_t number;
};

// What leads from one version to the next.
struct VersionEdit {
  std::vector<TableAt> added;
  std::vector<NumberAt> removed;
  wal::Position log_start;  // these three: as in the version that results
  SequenceNumber sequence;
  std::uint64_t next_number = 1;
};

// The version that `edit` makes of `version`. kCorruption if they do not fit each other: a
// table that is to go is not there, one that comes is there already, a level that does not
// exist, tables that overlap where they must not.
Result<Version> apply(const Version& version, const VersionEdit& edit);

// The edit that makes `version` of an empty one.
VersionEdit whole(const Version& version);

void encode_edit(const VersionEdit& edit, Bytes& out);
// kCorruption for bytes that no encode_edit() wrote.
Result<VersionEdit> decode_edit(ByteView bytes);

}  // namespace strata::lsm
