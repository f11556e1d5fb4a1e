#pragma once
// How the kernels split their work over the thread budget. Used by core/math/kernels_*.cpp only.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

#include "math/kernels.h"
#include "math/matrix.h"
#include "math/threads.h"

namespace bitloom {

/// Numbers below which a second thread costs more than it saves: for kernels that compute
/// (transcendental functions) and those that only move numbers.
constexpr std::size_t computeGrain = 4096;
constexpr std::size_t moveGrain = 32768;

/// Elements of one partial sum: fixed, so that sums do not depend on the number of threads.
constexpr std::size_t sumChunk = 4096;

/// body(firstRow, lastRow) on the thread budget.
template <class Body>
void overRows(std::size_t rows, std::size_t cols, std::size_t grain, const Body& body) {
    parallelFor(rows, std::max<std::size_t>(1, grain / std::max<std::size_t>(1, cols)),
                std::cref(body));
}

/// body(firstColumn, lastColumn) with bounds at multiples of 16 (a cache line of floats).
template <class Body>
void overColumns(std::size_t rows, std::size_t cols, std::size_t grain, const Body& body) {
    const std::size_t blocks = (cols + 15) / 16;
    const auto ofBlocks = [&](std::size_t first, std::size_t last) {
        body(first * 16, std::min(cols, last * 16));
    };
    overRows(blocks, rows * 16, grain, ofBlocks);
}

/// body(first, last) over elements of a vector, bounds at multiples of 64.
template <class Body>
void overElements(std::size_t count, const Body& body, std::size_t grain = moveGrain) {
    const auto ofBlocks = [&](std::size_t first, std::size_t last) {
        body(first * 64, std::min(count, last * 64));
    };
    overRows((count + 63) / 64, 64, grain, ofBlocks);
}

/// The factors of one Adam step in single precision.
struct AdamFactors {
    float rate, root, keep, add1, add2, epsilon, scale;
};

/// What a step back through an LSTM's cell reads and writes (kernels::lstmBackward).
struct LstmBack {
    MatrixView<const float> dh, dc, cPrev, tanhC, c, h;
    MatrixView<float> dPre, dcPrev, dcTotal;
    kernels::LstmUpcoming<float> next;
};

/// Partial sums of kernels::weightedAbsoluteSums.
struct WeightedSums {
    double weighted = 0, weights = 0;
};

inline WeightedSums& operator+=(WeightedSums& sum, const WeightedSums& part) {
    sum.weighted += part.weighted;
    sum.weights += part.weights;
    return sum;
}

inline ThresholdSums& operator+=(ThresholdSums& sum, const ThresholdSums& part) {
    sum.absolute += part.absolute;
    sum.count += part.count;
    return sum;
}

/// zero + the sums partial(row, start, count) of chunks of a row, at most sumChunk long, in order.
template <class Result, class Partial>
Result chunkedSum(MatrixView<const float> x, Result zero, const Partial& partial) {
    if (x.size() == 0) return zero;
    const std::size_t chunksARow = (x.cols + sumChunk - 1) / sumChunk;
    std::vector<Result> sums(x.rows * chunksARow, zero);
    const auto fill = [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            const std::size_t row = i / chunksARow, start = i % chunksARow * sumChunk;
            sums[i] = partial(row, start, std::min(sumChunk, x.cols - start));
        }
    };
    overRows(sums.size(), std::min(x.cols, sumChunk), moveGrain, fill);
    for (const Result& sum : sums) zero += sum;
    return zero;
}

}  // namespace bitloom
