// The tables of a version, open: what a reader holds on to while it reads.
//
// Thread-safety: constant once it is made.
#pragma once

#include <memory>
#include <vector>

#include "lsm/table.h"
#include "lsm/version.h"

namespace strata::lsm {

class TableSet {
 public:
  // Opens what `version` names; tables that `before` has open already are shared with it.
  static Result<std::shared_ptr<const TableSet>> open(env::FileSystem& fs,
                                                      const env::Path& directory,
                                                      std::uint64_t store_id,
                                                      const TableReadOptions& options,
                                                      Version version, const TableSet* before,
                                                      SequenceNumber readable_from = {});

  // The newest version of the key that a reader at `sequence` sees, or nullopt. Newer tables
  // come first: the first that knows the key knows best.
  Result<std::optional<StoredVersion>> get(std::string_view user_key,
                                           SequenceNumber sequence) const;

  // Adds an iterator over each table to `sources`.
  void iterate(std::vector<std::unique_ptr<EntryIterator>>& sources) const;

  const Version& version() const { return version_; }
  // The table with this number, or null.
  std::shared_ptr<const Table> find(std::uint64_t number) const;

  // Versions of keys that only readers before this number see may be gone.
  SequenceNumber readable_from() const { return readable_from_; }

 private:
  struct OpenTable {
    std::string smallest;  // user keys
    std::string largest;
    std::shared_ptr<const Table> table;

    bool may_hold(std::string_view user_key) const {
      return smallest <= user_key && user_key <= largest;
    }
  };

  TableSet(Version version, SequenceNumber readable_from)
      : version_(std::move(version)), readable_from_(readable_from) {}

  const Version version_;
  const SequenceNumber readable_from_;
  std::vector<std::vector<OpenTable>> levels_;  // as in version_
};

}  // namespace strata::lsm
