#include "command.h"

namespace bitloom::cli {
void addSize(CLI::App&, Action&) {}
}
