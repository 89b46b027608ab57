// A place in a log: how many bytes of frames were ever written before it. Positions only
// grow; dropping old segments does not renumber what is left.
#pragma once

#include "base/strong.h"

namespace strata::wal {

using Position = Strong<struct PositionTag>;

}  // namespace strata::wal
