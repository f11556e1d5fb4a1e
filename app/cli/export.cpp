#include "command.h"

namespace bitloom::cli {
void addExport(CLI::App&, Action&) {}
}
