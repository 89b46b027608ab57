// The tests' own main: a test of crash_reopen starts this program anew as the child that
// is to die, so the arguments of such a child are looked at first.
#include <gtest/gtest.h>

#include "workload/crash.h"
#include "workload/peers/peers.h"

int main(int argc, char** argv) {
  using namespace strata::workload;
  if (const auto status = fill_then_die(argc, argv, all_targets(peers()))) return *status;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
