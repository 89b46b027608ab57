// Prints a capture (wire_capture.h), message by message.
#pragma once

namespace strata::net {

// Makes captures known to strata-dump. See store/stage.h.
void register_dumper();

}  // namespace strata::net
