// Input: any footer, index and blocks of a table. This file corrects their checksums, so that the
// code after the checks runs too. Reading must end, with or without an error.
//
// The input: the size of the index in two bytes, the index, and then the one data block
// that it may name, at offset 8.
#include <sstream>

#include "base/assert.h"
#include "env/simulated_file_system.h"
#include "lsm/dump.h"
#include "lsm/seams.h"
#include "lsm/table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace lsm = strata::lsm;
  constexpr lsm::TableId kId{.store_id = 42, .number = 1};
  const strata::env::Path directory = "/tables";
  const auto input = std::as_bytes(std::span(data, size));
  if (size >= lsm::kFooterSize)
    static_cast<void>(lsm::decode_footer(input.last(lsm::kFooterSize)).has_value());
  if (size < 2) return 0;
  const std::size_t index_size =
      std::min<std::size_t>(strata::load_little_endian<std::uint16_t>(input.data()), size - 2);

  std::string file(lsm::kTableMagic);
  const auto add = [&](strata::ByteView contents) {
    const std::size_t start = file.size();
    file.append(strata::as_text(contents));
    lsm::append_trailer(lsm::kPlain, kId.checksum_seed(), start, start, file);
    return lsm::BlockHandle{start, contents.size()};
  };
  add(input.subspan(2 + index_size));
  lsm::Footer footer{
      .id = kId, .index = add(input.subspan(2, index_size)), .filter = {}, .properties = {}};
  file.append(strata::as_text(lsm::encode_footer(footer)));

  strata::env::SimulatedFileSystem fs;
  const auto path = directory / lsm::table_name(kId.number);
  STRATA_ASSERT(fs.make_directory(directory).has_value() && fs.create(path).has_value());
  const auto bytes = strata::as_bytes(file);
  fs.set_content(path, strata::Bytes(bytes.begin(), bytes.end()));
  const auto table = lsm::Table::open(fs, directory, kId, file.size(), {});
  if (!table) return 0;
  const auto it = lsm::Table::iterate(*table);
  std::size_t steps = 0;
  for (it->seek_to_first(); it->valid(); it->next()) STRATA_ASSERT(++steps <= size * size);
  it->seek(lsm::EntryKey::visible_at("user", lsm::kMaxSequence));
  steps = 0;
  for (it->seek_to_last(); it->valid(); it->prev()) STRATA_ASSERT(++steps <= size * size);
  static_cast<void>((*table)->get("user", lsm::kMaxSequence).has_value());
  std::ostringstream out;
  static_cast<void>(lsm::dump_table(fs, path, out).has_value());
  return 0;
}
