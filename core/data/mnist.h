#pragma once
// MNIST digits pixel by pixel (LeCun, Cortes, Burges), in order or in one fixed permutation that is
// a function of dataset.seed. Pixels in [0, 1]. The 60,000 training images give 50,000 for training
// and the last 10,000 for validation (of any other number the last sixth); test is the 10,000 of
// the t10k files.

#include "data/dataset.h"

namespace bitloom {

DatasetInfo describeSequentialMnist(const DatasetConfig& config);
DatasetInfo describePermutedMnist(const DatasetConfig& config);
/// Read the four IDX files below userDataFolder()/datasets/mnist/, with or without .gz. InputError
/// names the file: missing (and how to get it), not IDX, not 28 x 28, as many labels as images,
/// labels 0 to 9.
std::shared_ptr<const Dataset> openSequentialMnist(const DatasetConfig& config);
std::shared_ptr<const Dataset> openPermutedMnist(const DatasetConfig& config);

}  // namespace bitloom
