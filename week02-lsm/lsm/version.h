// A version says which tables belong to the store; an edit says how that changes. Format of edits:
// FORMAT.md.
//
// A version never changes. A flush makes a new version, and readers of the old one can go on. Pure
// values and functions.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "lsm/entry_key.h"
#include "lsm/table_builder.h"
#include "wal/position.h"

namespace strata::lsm {

// The number of levels. In level 0 tables may overlap, and the newest comes first. In the other
// levels they do not overlap, and are sorted by their keys.
inline constexpr std::size_t kLevels = 7;

// The smallest and the largest user key of a table. They refer to the table's keys.
std::string_view smallest_user_key(const TableInfo& table);
std::string_view largest_user_key(const TableInfo& table);

struct Version {
  std::vector<std::vector<TableInfo>> levels{kLevels};
  wal::Position log_start;        // operations from here on in the log are in no table
  SequenceNumber sequence;        // of the last operation before log_start
  std::uint64_t next_number = 1;  // the number of the next new table

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

// The change from one version to the next.
struct VersionEdit {
  std::vector<TableAt> added;
  std::vector<NumberAt> removed;
  wal::Position log_start;  // these three: as in the resulting version
  SequenceNumber sequence;
  std::uint64_t next_number = 1;
};

// Returns the version after `edit`. Errors: kCorruption if the edit does not fit `version`: it
// removes a table that is not there, adds one that is there already, names a level that does not
// exist, or makes tables overlap in a level other than 0.
Result<Version> apply(const Version& version, const VersionEdit& edit);

// The edit that turns an empty version into `version`.
VersionEdit whole(const Version& version);

void encode_edit(const VersionEdit& edit, Bytes& out);
// Errors: kCorruption for bytes that no encode_edit() wrote.
Result<VersionEdit> decode_edit(ByteView bytes);

}  // namespace strata::lsm
