// The smallest store that survives a power cut, and ways to get it wrong: what the crash
// explorer must accept, and what it must catch.
//
// One file, /log, of records: [checksum: 8 bytes] [size: 4 bytes] [payload], one a batch.
#pragma once

#include <memory>

#include "env/file_system.h"
#include "store/memory_store.h"

namespace strata::testing {

enum class Flaw {
  kNone,
  kNeverSyncs,
  kForgetsTheDirectory,     // the file is synced, its name is not
  kAcknowledgesBeforeSync,  // each write syncs the one before it
  kTrustsTornRecords,       // no checksum
  kSplitsBatches,           // a record an operation
  kKeepsTheTornTail,        // appends behind it, where recovery does not look
  kShowsWhatIsNotSafe,      // recovery believes what it reads, and does not sync it
};

class TinyStore final : public Store {
 public:
  static Result<std::unique_ptr<Store>> open(env::FileSystem& fs, Flaw flaw);

  Result<std::optional<std::string>> get(std::string_view key,
                                         const ReadOptions& options = {}) override;
  Result<void> write(const WriteBatch& batch) override;
  Result<std::unique_ptr<Cursor>> scan(const ScanOptions& options) override;
  Result<std::shared_ptr<const Snapshot>> snapshot() override;
  Result<std::vector<Stat>> stats() override;
  Capabilities capabilities() const override { return {.durable = true, .snapshots = true}; }
  Result<void> close() override { return {}; }

 private:
  TinyStore(std::unique_ptr<env::WritableFile> file, Flaw flaw)
      : file_(std::move(file)), flaw_(flaw) {}

  Result<void> recover(ByteView content);
  Result<void> append(const WriteBatch& batch);

  const std::unique_ptr<env::WritableFile> file_;
  const Flaw flaw_;
  std::uint64_t end_ = 0;  // of the log
  MemoryStore map_;
};

}  // namespace strata::testing
