#pragma once
// The plain twins of math/kernels.h: the same functions as straight loops, for T = float or double.
// Contracts are stated there. The double ones run the networks gradients are checked in; tests hold
// the fast ones against these.

#include "math/kernels_plain_cells.h"       // IWYU pragma: export
#include "math/kernels_plain_norm.h"        // IWYU pragma: export
#include "math/kernels_plain_token_norm.h"  // IWYU pragma: export
#include "math/kernels_plain_vector.h"      // IWYU pragma: export
