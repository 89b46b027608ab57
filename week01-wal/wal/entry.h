// Encodes the operations of a batch as the payload of a log record, and reads them back. Format:
// FORMAT.md, "Entry".
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

// The time since the Unix epoch. For people who read a dump; never used for ordering.
using Timestamp = std::chrono::microseconds;

struct LogEntry {
  Timestamp timestamp;
  Operation operation;  // key and value are views into the payload
};

// Appends one entry to `out` for each operation of `batch`, in order. A DELETE has value_len 0 and
// no value. What `out` holds already stays. Requires: check_batch(batch) is ok.
void encode_batch(const WriteBatch& batch, Timestamp timestamp, Bytes& out);

// Reads the entries of a payload, in order. The payload must outlive the reader and what next()
// returns. Thread-safety: none; one owner.
class EntryReader {
 public:
  explicit EntryReader(ByteView payload) : in_(payload) {}

  // Returns the next entry, or nullopt after the last one. Errors: kCorruption for bytes that no
  // encode_batch() wrote: a payload that ends inside an entry, a length that reaches past the
  // payload, an op_type other than 1 and 2, a DELETE with a value, and a key or value that
  // check_key() or check_value() rejects.
  Result<std::optional<LogEntry>> next();

 private:
  Decoder in_;
};

}  // namespace strata::wal
