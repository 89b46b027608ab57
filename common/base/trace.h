// A record of what a program did, for the viewer (common/viewer) to play back.
//
// The file is one JSON object a line. The first names the format, each that follows is an
// event: {"strata_trace": 1, "program": "week01-repl"}
//        {"at": 1503, "event": "append", "position": 0, "size": 64}
// `at` counts microseconds from the start of the trace. The events of each week are listed
// in common/viewer/README.md.
//
// Thread-safety: event() may be called from many threads at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>

namespace strata {

class Trace {
 public:
  struct Field {
    std::string_view name;
    std::variant<std::uint64_t, std::string_view> value;
  };
  // `write` gets one line at a time, with its newline. `now` counts from any start.
  Trace(std::string_view program, std::function<void(std::string_view)> write,
        std::function<std::chrono::nanoseconds()> now);

  void event(std::string_view name, std::initializer_list<Field> fields = {});

  // Writes this event, and then none until resume(): what a program still does to a disk
  // that is gone did not happen.
  void stop_after(std::string_view name, std::initializer_list<Field> fields = {});
  void resume();

 private:
  std::string line(std::string_view name, std::initializer_list<Field> fields) const;

  std::mutex mutex_;      // guards write_, so that lines do not mix, and:
  bool stopped_ = false;  // see stop_after()
  const std::function<void(std::string_view)> write_;
  const std::function<std::chrono::nanoseconds()> now_;
  const std::chrono::nanoseconds start_;
};

}  // namespace strata
