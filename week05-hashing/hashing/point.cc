#include "hashing/point.h"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/assert.h"
#include "base/bytes.h"

namespace strata::hashing {
namespace {

// OpenSSL looks an algorithm up by its name, which takes longer than the hash itself. So each
// thread does that once.
class Sha256 {
 public:
  Sha256()
      : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free),
        state_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    STRATA_ASSERT(algorithm_ && state_);
  }

  Point first_bytes(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    const bool hashed = EVP_DigestInit_ex2(state_.get(), algorithm_.get(), nullptr) == 1 &&
                        EVP_DigestUpdate(state_.get(), text.data(), text.size()) == 1 &&
                        EVP_DigestFinal_ex(state_.get(), digest.data(), nullptr) == 1;
    STRATA_ASSERT(hashed);
    Point point = 0;
    for (std::size_t i = 0; i < sizeof point; ++i) point = point << 8 | digest[i];
    return point;
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> state_;
};

}  // namespace

Point point_of(std::string_view key) {
  thread_local Sha256 sha256;
  return sha256.first_bytes(key);
}

Point point_of(ServerId server, std::uint64_t number) {
  Bytes text;
  Encoder out(text);
  out.u64(server.value());
  out.u64(number);
  return point_of(as_text(text));
}

}  // namespace strata::hashing
