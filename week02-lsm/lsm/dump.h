// Prints tables and records of the manifest field by field, for strata-dump and for people.
//
// A damaged table is printed as far as it can be read; what is wrong is said where it is.
#pragma once

#include <memory>
#include <ostream>

#include "env/file_system.h"
#include "lsm/seams.h"
#include "store/stage.h"

namespace strata::lsm {

// A table, under whatever name and of whatever store. Errors: kIo, or kCorruption where not
// even its end can be read.
Result<DumpVerdict> dump_table(env::FileSystem& fs, const env::Path& path, std::ostream& out);

// Makes tables known to strata-dump. The manifest is a log, and printed as one.
void register_dumpers();

// A later week that packs blocks says here how they are unpacked; without its codec a block is
// called compressed, and no more. Registration happens before main, lookups after; so no lock.
void register_dump_codec(std::shared_ptr<const Codec> codec);

}  // namespace strata::lsm
