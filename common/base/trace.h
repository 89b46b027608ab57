// A record of what a program did. The viewer (common/viewer) plays it back.
//
// The file has one JSON object on each line. The first names the format; each later one is an
// event:
//        {"strata_trace": 1, "program": "week01-repl"}
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
  static constexpr std::string_view kStart = "{\"strata_trace\":";  // of every trace

  // `write` is called with one line at a time, newline included. `now` is a steady clock; its start
  // does not matter.
  Trace(std::string_view program, std::function<void(std::string_view)> write,
        std::function<std::chrono::nanoseconds()> now);

  void event(std::string_view name, std::initializer_list<Field> fields = {});

  // Writes this event, and ignores all later ones until resume(). It is used when the simulated
  // power goes off: what the program still does to that disk has no effect.
  void stop_after(std::string_view name, std::initializer_list<Field> fields = {});
  void resume();

 private:
  std::string line(std::string_view name, std::initializer_list<Field> fields) const;

  std::mutex mutex_;      // guards write_, so that lines do not mix, and stopped_
  bool stopped_ = false;  // see stop_after()
  const std::function<void(std::string_view)> write_;
  const std::function<std::chrono::nanoseconds()> now_;
  const std::chrono::nanoseconds start_;
};

}  // namespace strata
