#pragma once
// Which network configurations are possible.

#include "nn/config.h"

namespace bitloom {

/// Throws InputError naming the field (as in spec.json) and the reason if this network cannot be.
void checkNetwork(const NetworkConfig& config);

}  // namespace bitloom
