#include "command.h"

namespace bitloom::cli {
void addSample(CLI::App&, Action&) {}
}
