// Prints tables and records of the manifest field by field, for strata-dump.
//
// A damaged table is printed as far as it can be read. Each damage is reported at its place.
//
// Thread-safety: the register functions are called before main; afterwards dump_table() may be
// called from many threads. Blocks: dump_table(), on the disk.
#pragma once

#include <memory>
#include <ostream>

#include "env/file_system.h"
#include "lsm/seams.h"
#include "store/stage.h"

namespace strata::lsm {

// Dumps a table of any store, under any name. Errors: kIo; kCorruption if not even its footer can
// be read.
Result<DumpVerdict> dump_table(env::FileSystem& fs, const env::Path& path, std::ostream& out);

// Registers tables with strata-dump. The manifest is a log and is printed as one.
void register_dumpers();

// A later week registers here the codecs of its blocks. Without the codec, a dump says of a block
// only that it is compressed. Registration happens before main and lookups happen later, so there
// is no lock.
void register_dump_codec(std::shared_ptr<const Codec> codec);

}  // namespace strata::lsm
