#include "command.h"

namespace bitloom::cli {
void addVerify(CLI::App&, Action&) {}
}
