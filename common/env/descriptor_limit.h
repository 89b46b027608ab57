// The limit on open files. A large store keeps many files open: one for each table.
#pragma once

namespace strata::env {

// Raises this process's limit to the most that the system allows without further rights. Many
// systems start a program with 1,024. Call it at the start of main. Errors are ignored.
void raise_descriptor_limit();

}  // namespace strata::env
