// Writes what goes over the connections of a server to a file, for strata-dump and the viewer.
// Format: FORMAT.md, "Capture". It is a tool to look with, not for keeping data: it is never
// synced.
//
// Thread-safety: all functions may be called from many threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "env/clock.h"
#include "net/wire_observer.h"

namespace strata::net {

inline constexpr std::string_view kCaptureMagic("STRAWIRE", 8);
inline constexpr std::uint8_t kCaptureVersion = 1;

class WireCapture final : public WireObserver {
 public:
  // Makes the file, or replaces an earlier capture. kConflict if it is a file of another kind; kIo
  // if it cannot be written. `clock` must outlive the object.
  static Result<std::unique_ptr<WireCapture>> create(const std::string& file,
                                                     const env::Clock& clock = env::system_clock());

  void connected(std::uint64_t) override {}
  void frames(std::uint64_t connection, Direction direction, std::string_view frames) override;
  void closed(std::uint64_t) override {}

  // Closes the file. kIo if something could not be written: then the capture is incomplete.
  Result<void> finish();

 private:
  WireCapture(const std::string& file, const env::Clock& clock);

  const std::string name_;
  const env::Clock& clock_;
  const env::TimePoint start_;
  std::mutex mutex_;
  std::ofstream file_;  // guarded by mutex_
};

}  // namespace strata::net
