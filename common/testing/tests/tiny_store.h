// The smallest store that survives a power cut, and versions of it with a flaw. The crash explorer
// must accept the one and catch the others.
//
// It has one file, /log, with one record for each batch:
//   [checksum: 8 bytes] [size: 4 bytes] [payload]
//
// Thread-safety: none; one owner.
#pragma once

#include <memory>

#include "env/file_system.h"
#include "store/memory_store.h"

namespace strata::testing {

enum class Flaw {
  kNone,
  kNeverSyncs,
  kForgetsTheDirectory,     // syncs the file, but not its name
  kAcknowledgesBeforeSync,  // each write syncs the one before it
  kTrustsTornRecords,       // no checksum
  kSplitsBatches,           // writes a record for each operation
  kKeepsTheTornTail,        // appends after it, where recovery does not look
  kShowsWhatIsNotSafe,      // recovery shows what it reads without syncing it
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
