#pragma once
// The adding task (Hochreiter, Schmidhuber: "Long short-term memory", Neural Computation
// 1997, 5.4).
//
// A sequence of T frames of two numbers: a value, uniform in [0, 1), and a mark, 1 on two steps and
// 0 on the others. The target is the sum of the two marked values, read after the last step. As in
// later work (Arjovsky, Shah, Bengio: "Unitary evolution recurrent networks", ICML 2016) one mark
// stands in each half of the sequence, values are not negative and all sequences have the same
// length. Always answering the mean, 1, has the mean squared error 2/12 = 0.1667, the variance of
// the sum; Le, Jaitly, Hinton (2015) print 0.1767 for it. Sequence i is a function of (seed, split,
// i).

#include "data/dataset.h"

namespace bitloom {

/// `length` 0 = 100, accepted 2 to 100,000; `size` 0 = 10,000 and a tenth of it for validation and
/// test.
DatasetInfo describeAdding(const DatasetConfig& config);
std::shared_ptr<const Dataset> openAdding(const DatasetConfig& config);

}  // namespace bitloom
