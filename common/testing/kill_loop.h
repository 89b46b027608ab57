// Kills a stage's shell under load, again and again, and checks what it left. S7 in
// common/docs/reliability.md.
#pragma once

#include <string>
#include <vector>

namespace strata::testing {

// Runs `program` on the same data again and again. Each time, the program must first show all
// writes that were acknowledged, without a gap, and none that was not issued. Then it writes until
// it is killed. `verb` is a command that starts the stage's background work ("CHECKPOINT"); it is
// sent before every fiftieth write. There are 200 kills, and fewer under a sanitizer, which makes
// each run ten times as long. Fails the running test if something was lost or invented.
void kill_again_and_again(const std::string& program, const std::vector<std::string>& arguments,
                          const std::string& verb);

}  // namespace strata::testing
