#pragma once
// The copy task (Hochreiter, Schmidhuber 1997; in the form of Arjovsky, Shah, Bengio: "Unitary
// evolution recurrent networks", ICML 2016).
//
// A sequence of T = 10 + delay + 10 tokens: ten of eight symbols at random, blanks for the delay
// whose last one is the sign to answer, ten blanks. The targets of the last ten steps are the ten
// symbols in order; the other steps have none (-1), so the accuracy counts recalled symbols only
// and guessing gives 1/8. Tokens: 0 to 7 the symbols, 8 the blank "_", 9 the sign ":". Sequence i
// is a function of (seed, split, i).

#include "data/dataset.h"

namespace bitloom {

/// `length` (T) 0 = 120, accepted 21 to 100,000; `size` 0 = 10,000 and a tenth for validation and
/// test.
DatasetInfo describeCopy(const DatasetConfig& config);
std::shared_ptr<const Dataset> openCopy(const DatasetConfig& config);

}  // namespace bitloom
