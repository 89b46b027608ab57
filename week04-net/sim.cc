// week04-sim: this week in simulated worlds. See --help.
#include "net_world/subject.h"
#include "sim/program.h"

int main(int argc, char** argv) {
  return strata::sim::run_program(argc, argv, "week04-sim", strata::world::served_store());
}
