// Prints the files of week 1 field by field, for strata-dump and for the shell's DUMP. A dump lists
// the fields in the order of FORMAT.md.
//
// Thread-safety: the register functions are called before main, on one thread. Afterwards the dump
// functions may be called from many threads at once. Blocks: the dump functions, on the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>

#include "env/file_system.h"
#include "store/stage.h"
#include "wal/log_reader.h"

namespace strata::wal {

// Dumps one segment file. It also looks for a next segment in the same directory, so that it judges
// the bytes after the last frame as recovery would. Damage is printed and is the verdict. Errors:
// as load_segment().
Result<DumpVerdict> dump_segment(env::FileSystem& fs, const env::Path& path, std::ostream& out);

Result<DumpVerdict> dump_snapshot(env::FileSystem& fs, const env::Path& path, std::ostream& out);

// Dumps the last `count` frames of the newest segment in `directory`, and how the log ends.
Result<DumpVerdict> dump_log_tail(env::FileSystem& fs, const env::Path& directory,
                                  std::uint64_t count, std::ostream& out);

// A log may carry payloads that are not entries. A later week registers here how its payloads are
// printed. A payload that no dumper matches is printed as entries, or else as text. Registration
// happens before main.
struct PayloadDumper {
  std::function<bool(ByteView payload)> matches;
  std::function<void(ByteView payload, std::ostream& out)> print;  // lines begin with blanks
};
void register_payload_dumper(PayloadDumper dumper);

// Registers segments and snapshots with strata-dump.
void register_dumpers();

}  // namespace strata::wal
