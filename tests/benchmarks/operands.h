#pragma once
// Random operands (zeros are faster than life) and the list of what is measured.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>

#include "math/matrix.h"
#include "math/rng.h"

namespace bitloom::benchmarks {

/// Uniform in +-bound.
inline Matrix<float> randomMatrix(std::size_t rows, std::size_t cols, float bound,
                                  std::uint64_t seed) {
    Rng rng(seed, makeStream("benchmark"));
    Matrix<float> m(rows, cols);
    for (std::size_t i = 0; i < m.size(); ++i) m.data()[i] = bound * (2 * rng.uniform() - 1);
    return m;
}

/// Reports `numbers` a pass as items a second.
inline void countNumbers(benchmark::State& state, std::size_t numbers) {
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                            static_cast<std::int64_t>(numbers));
}

/// Reports products of `flops` a pass as GFLOP/s.
inline void countFlops(benchmark::State& state, double flops) {
    state.counters["FLOP/s"] =
        benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
}

void registerQuantizers();
void registerCells();
void registerNormalization();
void registerProducts();

}  // namespace bitloom::benchmarks
