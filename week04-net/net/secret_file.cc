#include "net/secret_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>

namespace strata::net {
namespace {

constexpr std::size_t kShortestSecret = 16;

}  // namespace

Result<std::string> read_secret(const std::string& file) {
  if (file.empty()) return "";
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return invalid_argument("there is no file " + file);
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return invalid_argument(fmt::format("{} can be read by others; run: chmod 600 {}", file, file));
  std::ifstream in(file);
  if (S_ISDIR(found.st_mode) || !in)
    return invalid_argument(fmt::format("the secret in {} cannot be read", file));
  Result<std::string> secret;
  std::getline(in, *secret);
  if (secret->size() >= kShortestSecret) return secret;
  return invalid_argument(
      fmt::format("the secret in {} is shorter than {} bytes", file, kShortestSecret));
}

}  // namespace strata::net
