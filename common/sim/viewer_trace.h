// Writes what happens in a world for the viewer. common/viewer/README.md lists the events.
//
// Thread-safety: as Observer.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/trace.h"
#include "sim/observer.h"

namespace strata::sim {

class ViewerTrace final : public Observer {
 public:
  // `write` is called with one line at a time, newline included. `program`: "week04-sim".
  ViewerTrace(std::string program, std::function<void(std::string_view)> write)
      : program_(std::move(program)), write_(std::move(write)) {}

  bool is_watching() const override { return true; }
  void begin(const env::Clock& clock, std::string_view subject, std::uint64_t seed) override;
  void lane(std::string_view lane, std::string_view kind) override;
  void sent(MessageNumber message, std::string_view from, std::string_view to,
            std::string_view what, std::uint64_t size) override;
  void arrived(MessageNumber message) override;
  void lost(MessageNumber message, std::string_view why) override;
  void fault(std::string_view lane, std::string_view what) override;
  void healed() override;
  void state(std::string_view lane, std::string_view state, std::string_view words) override;
  void did(std::string_view lane, std::string_view what) override;
  void called(std::string_view lane, OperationNumber operation, std::string_view what) override;
  void returned(std::string_view lane, OperationNumber operation, std::string_view outcome,
                std::string_view what) override;
  void broken(std::string_view invariant, std::string_view what) override;

 private:
  const std::string program_;
  const std::function<void(std::string_view)> write_;
  std::optional<Trace> trace_;  // from begin() on
};

}  // namespace strata::sim
