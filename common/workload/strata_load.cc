// strata-load: the workload driver. See --help.
#include <exception>
#include <iostream>

#include "env/descriptors.h"
#include "workload/crash.h"
#include "workload/driver.h"
#include "workload/peers/peers.h"

int main(int argc, char** argv) try {
  using namespace strata::workload;
  strata::env::prepare_descriptors();
  if (const auto status = fill_then_die(argc, argv, all_targets(peers()))) return *status;
  return run_driver(argc, argv, peers(), std::cout, std::cerr);
} catch (const std::exception& error) {
  std::cerr << "strata-load: " << error.what() << '\n';
  return 1;
}
