#include "env/simulated_disk_calls.h"

#include <fmt/format.h>

namespace strata::env {

Result<void> SimulatedDiskCalls::begin(DiskCall kind, std::uint64_t bytes, std::string_view name,
                                       const Path& path) {
  Kind& is = of(kind);
  const auto for_bytes = is.cost.per_byte * static_cast<std::int64_t>(bytes);
  busy_ += is.cost.fixed + std::chrono::duration_cast<std::chrono::nanoseconds>(for_bytes);
  if (!is.calls_until_fault) return {};
  if ((*is.calls_until_fault)-- > 0) return {};
  is.calls_until_fault.reset();
  return io_error(fmt::format("{} {}: simulated fault", name, path.string()));
}

}  // namespace strata::env
