#pragma once
// Names of runs shown together: no two alike, and short where they agree.

#include <vector>

#include "experiment/library.h"
#include "pages/compare_charts.h"

namespace bitloom::ui {

/// Runs of one name also get their seed, or when they were made if the seed does not tell them
/// apart. `records` are those of `runs`, in order.
void tellApart(std::vector<ShownRun>& runs, const std::vector<const LibraryRun*>& records);

/// Short names: "BinaryConnect, Grammar, LSTM 96" -> "BinaryConnect" where all share the rest.
void shorten(std::vector<ShownRun>& runs);

}  // namespace bitloom::ui
