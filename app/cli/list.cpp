#include "command.h"

namespace bitloom::cli {
void addList(CLI::App&, Action&) {}
}
