#include "tiny_store.h"

#include "base/checksum.h"

namespace strata::testing {
namespace {

const env::Path kFile = "/log";
constexpr std::size_t kHeaderSize = 8 + 4;

Bytes encode(const WriteBatch& batch) {
  Bytes payload;
  Encoder encoder(payload);
  for (const Operation operation : batch) {
    encoder.u8(static_cast<std::uint8_t>(operation.kind));
    encoder.u32(static_cast<std::uint32_t>(operation.key.size()));
    encoder.u32(static_cast<std::uint32_t>(operation.value.size()));
    encoder.text(operation.key);
    encoder.text(operation.value);
  }
  return payload;
}

WriteBatch decode(ByteView payload) {
  WriteBatch batch;
  Decoder decoder(payload);
  while (decoder.remaining() > 0) {
    const auto kind = decoder.u8();
    const auto key_size = decoder.u32();
    const auto value_size = decoder.u32();
    if (!value_size) break;
    const auto key = decoder.bytes(*key_size);
    const auto value = key ? decoder.bytes(*value_size) : std::nullopt;
    if (!value) break;
    if (*kind == static_cast<std::uint8_t>(OperationKind::kPut))
      batch.put(as_text(*key), as_text(*value));
    else
      batch.remove(as_text(*key));
  }
  return batch;
}

}  // namespace

Result<std::unique_ptr<Store>> TinyStore::open(env::FileSystem& fs, Flaw flaw) {
  STRATA_TRY(const env::FileKind kind, fs.kind_of(kFile));
  if (kind == env::FileKind::kMissing) STRATA_TRY(fs.create(kFile));
  if (flaw != Flaw::kForgetsTheDirectory) STRATA_TRY(fs.sync_directory("/"));
  STRATA_TRY(const Bytes content, env::read_file(fs, kFile, 1 << 20));
  STRATA_TRY(auto file, fs.open_for_write(kFile));
  std::unique_ptr<TinyStore> store(new TinyStore(std::move(file), flaw));
  STRATA_TRY(store->recover(content));
  return store;
}

// Applies every complete record, and cuts off everything after the last one.
Result<void> TinyStore::recover(ByteView content) {
  Decoder decoder(content);
  for (;;) {
    const auto checksum = decoder.u64();
    const auto size = decoder.u32();
    const auto payload = size ? decoder.bytes(*size) : std::nullopt;
    if (!payload || payload->empty()) break;
    const bool right = *checksum == checksum64(*payload, end_);
    if (!right && flaw_ != Flaw::kTrustsTornRecords) break;
    STRATA_TRY(map_.write(decode(*payload)));
    end_ += kHeaderSize + payload->size();
  }
  if (flaw_ == Flaw::kKeepsTheTornTail) end_ = content.size();
  if (end_ < content.size()) STRATA_TRY(file_->truncate(end_));
  // The bytes may be only in the system's memory, if the process that wrote them died.
  if (flaw_ == Flaw::kNeverSyncs || flaw_ == Flaw::kShowsWhatIsNotSafe) return {};
  return file_->sync();
}

Result<void> TinyStore::append(const WriteBatch& batch) {
  const Bytes payload = encode(batch);
  Bytes record;
  Encoder encoder(record);
  encoder.u64(checksum64(payload, end_));
  encoder.u32(static_cast<std::uint32_t>(payload.size()));
  encoder.bytes(payload);
  if (flaw_ == Flaw::kAcknowledgesBeforeSync) STRATA_TRY(file_->sync());
  STRATA_TRY(file_->write_at(end_, record));
  end_ += record.size();
  const bool syncs = flaw_ != Flaw::kNeverSyncs && flaw_ != Flaw::kAcknowledgesBeforeSync;
  if (syncs) STRATA_TRY(file_->sync());
  return map_.write(batch);
}

Result<void> TinyStore::write(const WriteBatch& batch) {
  if (flaw_ != Flaw::kSplitsBatches) return append(batch);
  for (const Operation operation : batch) {
    WriteBatch one;
    if (operation.kind == OperationKind::kPut)
      one.put(operation.key, operation.value);
    else
      one.remove(operation.key);
    STRATA_TRY(append(one));
  }
  return {};
}

Result<std::optional<std::string>> TinyStore::get(std::string_view key,
                                                  const ReadOptions& options) {
  return map_.get(key, options);
}
Result<std::unique_ptr<Cursor>> TinyStore::scan(const ScanOptions& options) {
  return map_.scan(options);
}
Result<std::shared_ptr<const Snapshot>> TinyStore::snapshot() { return map_.snapshot(); }
Result<std::vector<Stat>> TinyStore::stats() { return map_.stats(); }

}  // namespace strata::testing
