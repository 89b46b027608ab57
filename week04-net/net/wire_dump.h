// Prints a capture (wire_capture.h), message by message.
#pragma once

namespace strata::net {

// Makes strata-dump able to print captures. See store/stage.h.
void register_dumper();

}  // namespace strata::net
