#pragma once
// The library that multiplies matrices, seen from outside.

namespace bitloom {

/// oneDNN's major version, 2 (Debian 12) or 3 (Debian 13, Ubuntu 24.04).
int productLibraryVersion();

}  // namespace bitloom
