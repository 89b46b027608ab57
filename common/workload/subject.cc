#include "workload/subject.h"

#include <fmt/format.h>

#include <filesystem>

#include "workload/page_cache.h"

namespace strata::workload {

Result<void> Subject::wipe() {
  STRATA_TRY(close());
  holds(0, true);
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  if (!error) std::filesystem::create_directories(directory_, error);
  if (error)
    return io_error(fmt::format("cannot make {}: {}", directory_.string(), error.message()));
  return {};
}

Result<void> Subject::open(SyncMode mode) {
  if (store_ && (mode == mode_ || !store_->capabilities().durable)) return {};
  STRATA_TRY(close());
  STRATA_TRY(store_, target_.open({.directory = directory_, .sync = mode, .tuning = tuning_}));
  mode_ = mode;
  return {};
}

Result<void> Subject::close() {
  if (!store_) return {};
  const auto store = std::move(store_);
  return store->close();
}

Result<void> Subject::cool() {
  STRATA_TRY(close());
  return drop_from_page_cache(directory_);
}

}  // namespace strata::workload
