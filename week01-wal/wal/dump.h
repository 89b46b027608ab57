// Prints what week 1 writes, field by field: what strata-dump and the shell's DUMP show.
// The layout of a dump follows FORMAT.md line by line.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>

#include "env/file_system.h"
#include "store/stage.h"
#include "wal/log_reader.h"

namespace strata::wal {

// One segment file, looked at together with its neighbour: what follows the last frame is
// judged as recovery would judge it.
Result<DumpVerdict> dump_segment(env::FileSystem& fs, const env::Path& path, std::ostream& out);

Result<DumpVerdict> dump_snapshot(env::FileSystem& fs, const env::Path& path, std::ostream& out);

// The last `count` records of the log in `directory`, and how it ends.
Result<DumpVerdict> dump_log_tail(env::FileSystem& fs, const env::Path& directory,
                                  std::uint64_t count, std::ostream& out);

// A log carries what others put into it. Whoever does can say here how a record of theirs is
// printed; what nobody knows is printed as text. Registration happens before main.
struct PayloadDumper {
  std::function<bool(ByteView payload)> matches;
  std::function<void(ByteView payload, std::ostream& out)> print;  // lines that begin with blanks
};
void register_payload_dumper(PayloadDumper dumper);

// Makes both files known to strata-dump.
void register_dumpers();

}  // namespace strata::wal
