#include "command.h"

namespace bitloom::cli {
void addCompare(CLI::App&, Action&) {}
}
