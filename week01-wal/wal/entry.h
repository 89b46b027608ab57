// The entries of a batch as bytes: the payload of a log record. Format: FORMAT.md, "Entry".
//
//   [timestamp: 8] [op_type: 1] [key_len: 4] [key] [value_len: 4] [value]
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "store/write_batch.h"

namespace strata::wal {

// Since the Unix epoch; for people who read a dump, never for ordering.
using Timestamp = std::chrono::microseconds;

struct LogEntry {
  Timestamp timestamp;
  Operation operation;  // views into the payload
};

// Appends every operation of `batch`, in order, to `out`. Requires: check_batch() is ok.
void encode_batch(const WriteBatch& batch, Timestamp timestamp, Bytes& out);

// Walks the entries of a payload, in order. The payload must outlive what next() returns.
class EntryReader {
 public:
  explicit EntryReader(ByteView payload) : in_(payload) {}

  // The next entry, or nullopt behind the last one. kCorruption for bytes that no
  // encode_batch wrote: an unknown op_type, a length that reaches past the payload, or
  // one beyond the limits.
  Result<std::optional<LogEntry>> next();

 private:
  Decoder in_;
};

}  // namespace strata::wal
