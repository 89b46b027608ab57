// Where the log of a program that serves goes: standard error.
//
// Whoever reads it may stand still: a pager, a collector that hangs. A server must not wait for its
// log. So a line that cannot be written at once is left out, and counted.
//
// Thread-safety: as every sink of spdlog that ends with _mt.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>

namespace strata::net {

class LogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  LogSink();
  ~LogSink() override;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  bool write(std::string_view line) const;

  const int file_;  // opened once more where that is possible, so that writing never waits
  std::uint64_t left_out_ = 0;
};

}  // namespace strata::net
