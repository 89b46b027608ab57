// Writes a history for the viewer: what each client did, in which zone each value was there
// (zones.h), and which operations cannot be put in order. common/viewer/README.md lists the events.
#pragma once

#include <functional>
#include <string_view>

#include "checker/linearizability.h"

namespace strata::checker {

// `write` is called with one line at a time, newline included. `judgement`: of that history.
// Requires: check_form(history) succeeds.
void write_picture(const History& history, const Judgement& judgement,
                   std::function<void(std::string_view)> write);

}  // namespace strata::checker
