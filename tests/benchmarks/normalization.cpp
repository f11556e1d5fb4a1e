// Layer normalization, the parts of batch normalization, and weight normalization.

#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "math/kernels.h"
#include "math/kernels_norm.h"
#include "operands.h"

namespace bitloom::benchmarks {
namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_hidden = 512;
constexpr std::size_t k_gates = 4;
constexpr std::size_t k_width = k_gates * k_hidden;
constexpr float k_epsilon = 1e-5f;

/// A step's pre-activations, what normalizing them leaves, and the parameters.
struct Step {
    Matrix<float> x = randomMatrix(k_batch, k_width, 1, 1);
    Matrix<float> dy = randomMatrix(k_batch, k_width, 1e-3f, 2);
    Matrix<float> gain = randomMatrix(1, k_width, 1, 3);
    Matrix<float> shift = randomMatrix(1, k_width, 1, 4);
    Matrix<float> xhat = randomMatrix(k_batch, k_width, 1, 5);
    Matrix<float> y{k_batch, k_width};
    Matrix<float> rstd = randomMatrix(k_batch, k_gates, 1, 6);
    Matrix<float> first = randomMatrix(1, k_width, 1, 7);
    Matrix<float> second = randomMatrix(1, k_width, 1, 8);
    Matrix<float> third = randomMatrix(1, k_width, 1, 9);
};

void layerForward(Step& s) {
    kernels::layerNormForward<float>(s.x.view(), k_gates, s.gain.span(), s.shift.span(), k_epsilon,
                                     s.xhat.view(), s.rstd.view(), s.y.view());
}
void layerBackward(Step& s) {
    kernels::layerNormBackward<float>(s.dy.view(), s.xhat.view(), s.rstd.view(), k_gates,
                                      s.gain.span(), s.y.view(), s.first.span(), s.second.span());
}
void batchMoments(Step& s) {
    kernels::columnMoments<float>(s.x.view(), s.first.span(), s.second.span());
}
void batchNormalize(Step& s) {
    kernels::normalizeColumns<float>(s.x.view(), s.first.span(), s.second.span(), s.gain.span(),
                                     s.shift.span(), s.xhat.view(), s.y.view());
}
void batchApply(Step& s) {
    kernels::batchNormApply<float>(s.x.view(), s.first.span(), s.gain.span(), s.shift.span(),
                                   s.y.view());
}
void batchSums(Step& s) {
    kernels::normalizedSums<float>(s.dy.view(), s.x.view(), s.third.span(), {}, s.first.span(),
                                   s.second.span(), {});
}
void batchBackward(Step& s) {
    kernels::normalizeColumnsBackward<float>(s.dy.view(), s.x.view(), s.shift.span(),
                                             s.first.span(), s.second.span(), s.third.span(),
                                             s.y.view());
}

void onStep(benchmark::State& state, void (*work)(Step&)) {
    Step step;
    for (auto _ : state) {
        work(step);
        benchmark::ClobberMemory();
    }
    countNumbers(state, step.x.size());
}

// Two members' halves of a batch.
void batchMerge(benchmark::State& state) {
    const Matrix<float> means = randomMatrix(2, k_width, 1, 1);
    Matrix<float> squares = randomMatrix(2, k_width, 1, 2);
    for (std::size_t i = 0; i < squares.size(); ++i) squares.data()[i] *= squares.data()[i];
    const std::vector<std::size_t> rows{k_batch / 2, k_batch / 2};
    Matrix<float> out(3, k_width);
    const auto row = [&](std::size_t i) { return std::span<float>(out.row(i), k_width); };
    for (auto _ : state) {
        kernels::mergeMoments<float>(means.view(), squares.view(), rows, k_epsilon, row(0), row(1),
                                     row(2), {});
        benchmark::ClobberMemory();
    }
    countNumbers(state, k_width);
}

// g Q / |Q| a row of the recurrent matrix, and the gradient's way back through it.
void weightForward(benchmark::State& state) {
    const Matrix<float> w = randomMatrix(k_width, k_hidden, 1, 1);
    const Matrix<float> gain = randomMatrix(1, k_width, 1, 2);
    Matrix<float> norms(1, k_width), factor(1, k_width), out(k_width, k_hidden);
    for (auto _ : state) {
        kernels::rowNorms<float>(w.view(), norms.span());
        for (std::size_t r = 0; r < k_width; ++r)
            factor.data()[r] = gain.data()[r] / (norms.data()[r] + 1e-8f);
        kernels::combineRows<float>(factor.span(), w.view(), {}, {}, out.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, w.size());
}

void weightBackward(benchmark::State& state) {
    const Matrix<float> w = randomMatrix(k_width, k_hidden, 1, 1);
    const Matrix<float> gradient = randomMatrix(k_width, k_hidden, 1e-3f, 2);
    const Matrix<float> alpha = randomMatrix(1, k_width, 1, 3);
    Matrix<float> dots(1, k_width), out(k_width, k_hidden);
    for (auto _ : state) {
        kernels::rowDots<float>(w.view(), gradient.view(), dots.span());
        kernels::combineRows<float>(alpha.span(), gradient.view(), dots.span(), w.view(),
                                    out.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, w.size());
}

}  // namespace

void registerNormalization() {
    const auto add = [](const char* name, auto work) {
        benchmark::RegisterBenchmark(name, work)->UseRealTime()->Unit(benchmark::kMicrosecond);
    };
    const auto addStep = [&](const char* name, void (*work)(Step&)) {
        add(name, [work](benchmark::State& state) { onStep(state, work); });
    };
    addStep("layer_norm_forward", layerForward);
    addStep("layer_norm_backward", layerBackward);
    addStep("batch_norm_moments", batchMoments);
    add("batch_norm_merge", batchMerge);
    addStep("batch_norm_normalize", batchNormalize);
    addStep("batch_norm_apply", batchApply);
    addStep("batch_norm_sums", batchSums);
    addStep("batch_norm_backward", batchBackward);
    add("weight_norm_forward", weightForward);
    add("weight_norm_backward", weightBackward);
}

}  // namespace bitloom::benchmarks
