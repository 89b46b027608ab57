// Kills a stage's shell under load, again and again, and checks what it left. S7 in
// common/docs/reliability.md.
#pragma once

#include <string>
#include <vector>

namespace strata::testing {

// Runs `program` on the same data each time: first it must show, without a gap, all writes that
// were acknowledged and none that were not issued; then it writes until it is killed. `verb` is
// a command that does the stage's background work ("CHECKPOINT"); every fiftieth write follows
// one. 200 kills; fewer where a sanitizer makes each life ten times as long. Fails the running
// test where something is lost or made up.
void kill_again_and_again(const std::string& program, const std::vector<std::string>& arguments,
                          const std::string& verb);

}  // namespace strata::testing
