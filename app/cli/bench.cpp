#include "command.h"

namespace bitloom::cli {
void addBench(CLI::App&, Action&) {}
}
