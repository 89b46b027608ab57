// What a server remembers in its own store, beside the keys of its clients: who it is, the newest
// map that it has seen, and how far each move is. They are hidden keys, so a record and the entries
// that belong to it are written in one batch. Format: FORMAT.md, "Records of a server".
//
// Pure functions, but for those that are given a store. Thread-safety: all may be called from many
// threads.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "shard/cluster_map.h"
#include "shard/move.h"
#include "store/store.h"

namespace strata::shard {

struct Self {
  ServerId id;
  std::string name;
};

// Names a move, within the map with its change.
struct MoveName {
  std::uint64_t epoch;
  ServerId from;
  ServerId to;

  friend auto operator<=>(const MoveName&, const MoveName&) = default;
};

struct Records {
  std::optional<Self> self;       // nullopt: the store was never a server's
  std::optional<ClusterMap> map;  // nullopt: it was never in a cluster
  std::map<MoveName, SourceRecord> sources;
  std::map<MoveName, TargetRecord> targets;
};

// Errors: those of the store; kCorruption for a record that is none; kUnsupported for one of a
// newer program. Blocks: on the store.
Result<Records> read_records(Store& store);
// Whether the store has keys that are no records. Blocks: on the store.
Result<bool> has_keys(Store& store);

void add_record(const Self& self, WriteBatch& batch);
void add_record(const ClusterMap& map, WriteBatch& batch);
void add_record(const MoveName& name, const SourceRecord& record, WriteBatch& batch);
void add_record(const MoveName& name, const TargetRecord& record, WriteBatch& batch);
// Takes the records of a move that is over out of the store.
void remove_records(const MoveName& name, WriteBatch& batch);

}  // namespace strata::shard
