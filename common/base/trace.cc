#include "base/trace.h"

#include "base/text.h"

namespace strata {

Trace::Trace(std::string_view program, std::function<void(std::string_view)> write,
             std::function<std::chrono::nanoseconds()> now)
    : write_(std::move(write)), now_(std::move(now)), start_(now_()) {
  write_("{\"strata_trace\": 1, \"program\": " + json_string(program) + "}\n");
}

void Trace::event(std::string_view name, std::initializer_list<Field> fields) {
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now_() - start_);
  std::string line = "{\"at\": " + std::to_string(at.count()) + ", \"event\": " + json_string(name);
  for (const Field& field : fields) {
    line += ", " + json_string(field.name) + ": ";
    if (const auto* number = std::get_if<std::uint64_t>(&field.value))
      line += std::to_string(*number);
    else
      line += json_string(std::get<std::string_view>(field.value));
  }
  const std::lock_guard lock(mutex_);
  write_(line + "}\n");
}

}  // namespace strata
