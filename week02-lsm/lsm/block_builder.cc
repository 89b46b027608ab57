#include "lsm/block_builder.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "lsm/varint.h"

namespace strata::lsm {
namespace {

std::size_t shared_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t shared = 0;
  while (shared < most && a[shared] == b[shared]) ++shared;
  return shared;
}

void append_u32(std::size_t value, std::string& out) {
  std::array<std::byte, sizeof(std::uint32_t)> bytes;
  store_little_endian(bytes.data(), static_cast<std::uint32_t>(value));
  out.append(as_text(bytes));
}

}  // namespace

void BlockBuilder::add(std::string_view key, std::string_view value) {
  // TASK 2.3: append one entry to contents_, in the form that the header shows. If
  // restart_interval_ entries have been added since the last restart, this entry is a restart:
  // append the offset of the entry to restarts_, and share nothing. Otherwise share the longest
  // prefix that the key has in common with last_key_. restarts_ already has the offset 0 of the
  // first entry. Update last_key_, since_restart_ and entries_.
  std::size_t shared = 0;
  if (since_restart_ < restart_interval_) {
    shared = shared_prefix(last_key_, key);
  } else {
    restarts_.push_back(static_cast<std::uint32_t>(contents_.size()));
    since_restart_ = 0;
  }
  append_varint(shared, contents_);
  append_varint(key.size() - shared, contents_);
  append_varint(value.size(), contents_);
  contents_.append(key.substr(shared)).append(value);
  last_key_.assign(key);
  ++since_restart_;
  ++entries_;
  // END TASK 2.3
}

std::string_view BlockBuilder::finish() {
  for (const std::uint32_t restart : restarts_) append_u32(restart, contents_);
  append_u32(restarts_.size(), contents_);
  return contents_;
}

void BlockBuilder::reset() {
  contents_.clear();
  restarts_.assign(1, 0);
  entries_ = since_restart_ = 0;
  last_key_.clear();
}

}  // namespace strata::lsm
