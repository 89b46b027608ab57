#include "base/trace.h"

#include "base/text.h"

namespace strata {

Trace::Trace(std::string_view program, std::function<void(std::string_view)> write,
             std::function<std::chrono::nanoseconds()> now)
    : write_(std::move(write)), now_(std::move(now)), start_(now_()) {
  std::string first(kStart);
  first += " 1, \"program\": ";
  first += json_string(program);
  write_(first + "}\n");
}

void Trace::event(std::string_view name, std::initializer_list<Field> fields) {
  const std::string text = line(name, fields);
  const std::lock_guard lock(mutex_);
  if (!stopped_) write_(text);
}

void Trace::stop_after(std::string_view name, std::initializer_list<Field> fields) {
  const std::string text = line(name, fields);
  const std::lock_guard lock(mutex_);
  if (!stopped_) write_(text);
  stopped_ = true;
}

void Trace::resume() {
  const std::lock_guard lock(mutex_);
  stopped_ = false;
}

std::string Trace::line(std::string_view name, std::initializer_list<Field> fields) const {
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now_() - start_);
  std::string text = "{\"at\": " + std::to_string(at.count()) + ", \"event\": " + json_string(name);
  for (const Field& field : fields) {
    text += ", " + json_string(field.name) + ": ";
    if (const auto* number = std::get_if<std::uint64_t>(&field.value))
      text += std::to_string(*number);
    else
      text += json_string(std::get<std::string_view>(field.value));
  }
  return text + "}\n";
}

}  // namespace strata
