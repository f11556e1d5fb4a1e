#include "command.h"

namespace bitloom::cli {
void addTrain(CLI::App&, Action&) {}
}
