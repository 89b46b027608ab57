#include "env/output_file.h"

#include <filesystem>
#include <fstream>

namespace strata::env {

Result<void> check_output(const std::string& file, std::string_view start) {
  std::error_code failed;  // opening the file reports this error
  if (!std::filesystem::is_regular_file(file, failed)) return {};
  std::ifstream in(file, std::ios::binary);
  if (!in) return conflict(file + " cannot be read, so it is not replaced; choose another name");
  if (in.peek() == std::ifstream::traits_type::eof()) return {};
  std::string found(start.size(), '\0');
  in.read(found.data(), static_cast<std::streamsize>(found.size()));
  if (in && found == start) return {};
  return conflict(file + " holds something else, so it is not replaced; choose another name");
}

}  // namespace strata::env
