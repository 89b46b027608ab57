// The kinds of messages that this week adds to the protocol (net/extension.h). FORMAT.md says what
// they are for.
#pragma once

#include "net/extension.h"

namespace strata::shard {

using net::MessageKind;

inline constexpr MessageKind kGetMap{.number = 501, .answer = 502, .repeatable = true};
inline constexpr MessageKind kEnroll{.number = 503, .answer = 504, .repeatable = true};
inline constexpr MessageKind kChange{.number = 505, .answer = 506, .changes = true};
inline constexpr MessageKind kMove{.number = 507, .answer = 508, .repeatable = true};
inline constexpr MessageKind kMoveTaken{.number = 509, .answer = 510, .repeatable = true};
inline constexpr MessageKind kScanPart{.number = 511, .answer = 512, .repeatable = true};
inline constexpr MessageKind kCountKeys{.number = 513, .answer = 514, .repeatable = true};
inline constexpr MessageKind kGetStatus{.number = 515, .answer = 516, .repeatable = true};

}  // namespace strata::shard
