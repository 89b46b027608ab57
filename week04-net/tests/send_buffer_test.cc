#include "net/send_buffer.h"

#include <gtest/gtest.h>

namespace strata::net {
namespace {

// A peer that reads all but a little must not make the server keep memory that nobody counts.
TEST(SendBuffer, FreesTheMemoryOfWhatIsSent) {
  SendBuffer buffer;
  for (int round = 0; round < 5; ++round) {
    buffer.add(std::string(16 << 20, 'v'));
    buffer.check_invariants();
    while (buffer.size() > 1000) {
      buffer.take(std::min<std::size_t>(buffer.size() - 1000, 3 << 20));
      buffer.check_invariants();
    }
  }
  EXPECT_EQ(buffer.size(), 1000u);
  EXPECT_EQ(buffer.unsent(), std::string(1000, 'v'));
}

}  // namespace
}  // namespace strata::net
