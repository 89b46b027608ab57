// week05-sim: this week in simulated worlds. See --help.
#include "shard_world/subject.h"
#include "sim/program.h"

int main(int argc, char** argv) {
  return strata::sim::run_program(argc, argv, "week05-sim", strata::world::sharded_cluster());
}
