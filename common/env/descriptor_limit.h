// Each open file takes a descriptor, and a large store has many: one a table.
#pragma once

namespace strata::env {

// Lets this process have as many descriptors as the system allows it without more rights: many
// systems give a program 1,024 until it asks. For the main of a program.
void raise_descriptor_limit();

}  // namespace strata::env
