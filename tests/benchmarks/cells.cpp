// Gates of LSTM and GRU, one time step forward and back; optimizer and loss.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "math/kernels.h"
#include "operands.h"

namespace bitloom::benchmarks {
namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_hidden = 512;

void lstmForward(benchmark::State& state) {
    const Matrix<float> a = randomMatrix(k_batch, 4 * k_hidden, 2, 1);
    const Matrix<float> b = randomMatrix(k_batch, 4 * k_hidden, 2, 2);
    const Matrix<float> bias = randomMatrix(1, 4 * k_hidden, 1, 3);
    const Matrix<float> cPrev = randomMatrix(k_batch, k_hidden, 1, 4);
    Matrix<float> gates(k_batch, 4 * k_hidden), c(k_batch, k_hidden), t(k_batch, k_hidden),
        h(k_batch, k_hidden);
    const kernels::GateInput<float> in{a.view(), {}, {}, b.view(), {}, {}, bias.span()};
    for (auto _ : state) {
        kernels::lstmForward<float>(in, cPrev.view(), gates.view(), c.view(), t.view(), h.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, gates.size());
}

void lstmBackward(benchmark::State& state) {
    const Matrix<float> dh = randomMatrix(k_batch, k_hidden, 1e-3f, 1);
    const Matrix<float> dc = randomMatrix(k_batch, k_hidden, 1e-3f, 2);
    const Matrix<float> gates = randomMatrix(k_batch, 4 * k_hidden, 0.9f, 3);
    const Matrix<float> cPrev = randomMatrix(k_batch, k_hidden, 1, 4);
    const Matrix<float> tanhC = randomMatrix(k_batch, k_hidden, 0.9f, 5);
    Matrix<float> dPre(k_batch, 4 * k_hidden), dcPrev(k_batch, k_hidden);
    for (auto _ : state) {
        kernels::lstmBackward<float>(dh.view(), dc.view(), gates.view(), cPrev.view(), tanhC.view(),
                                     dPre.view(), dcPrev.view(), {});
        benchmark::ClobberMemory();
    }
    countNumbers(state, dPre.size());
}

/// The way back of a normalized LSTM, which works its gates out again.
void lstmBackwardFromInput(benchmark::State& state) {
    const Matrix<float> dh = randomMatrix(k_batch, k_hidden, 1e-3f, 1);
    const Matrix<float> dc = randomMatrix(k_batch, k_hidden, 1e-3f, 2);
    const Matrix<float> a = randomMatrix(k_batch, 4 * k_hidden, 2, 3);
    const Matrix<float> b = randomMatrix(k_batch, 4 * k_hidden, 2, 4);
    const Matrix<float> gain = randomMatrix(1, 4 * k_hidden, 1, 5);
    const Matrix<float> cPrev = randomMatrix(k_batch, k_hidden, 1, 6);
    const Matrix<float> c = randomMatrix(k_batch, k_hidden, 0.9f, 7);
    Matrix<float> dPre(k_batch, 4 * k_hidden), dcPrev(k_batch, k_hidden);
    const Matrix<float> h = randomMatrix(k_batch, k_hidden, 0.4f, 8);
    const kernels::GateInput<float> in{a.view(), {}, {}, b.view(), {}, gain.span(), {}};
    for (auto _ : state) {
        kernels::lstmBackwardFromInput<float>(dh.view(), dc.view(), in, cPrev.view(), c.view(),
                                              h.view(), dPre.view(), dcPrev.view(), {}, {});
        benchmark::ClobberMemory();
    }
    countNumbers(state, dPre.size());
}

void gruForward(benchmark::State& state) {
    const Matrix<float> a = randomMatrix(k_batch, 3 * k_hidden, 2, 1);
    const Matrix<float> b = randomMatrix(k_batch, 3 * k_hidden, 2, 2);
    const Matrix<float> bias = randomMatrix(2, 3 * k_hidden, 1, 3);
    const Matrix<float> hPrev = randomMatrix(k_batch, k_hidden, 1, 4);
    const std::span<const float> ih(bias.row(0), bias.cols()), hh(bias.row(1), bias.cols());
    Matrix<float> gates(k_batch, 3 * k_hidden), m(k_batch, k_hidden), h(k_batch, k_hidden);
    for (auto _ : state) {
        kernels::gruForward<float>(a.view(), b.view(), ih, hh, hPrev.view(), gates.view(), m.view(),
                                   h.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, gates.size());
}

void gruBackward(benchmark::State& state) {
    const Matrix<float> dh = randomMatrix(k_batch, k_hidden, 1e-3f, 1);
    const Matrix<float> gates = randomMatrix(k_batch, 3 * k_hidden, 0.9f, 2);
    const Matrix<float> m = randomMatrix(k_batch, k_hidden, 1, 3);
    const Matrix<float> hPrev = randomMatrix(k_batch, k_hidden, 0.9f, 4);
    Matrix<float> dA(k_batch, 3 * k_hidden), dB(k_batch, 3 * k_hidden), dhPrev(k_batch, k_hidden);
    for (auto _ : state) {
        kernels::gruBackward<float>(dh.view(), gates.view(), m.view(), hPrev.view(), dA.view(),
                                    dB.view(), dhPrev.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, dA.size());
}

// The recurrent matrix of four gates.
void adam(benchmark::State& state) {
    Matrix<float> p = randomMatrix(4 * k_hidden, k_hidden, 0.05f, 1);
    const Matrix<float> g = randomMatrix(4 * k_hidden, k_hidden, 1e-3f, 2);
    Matrix<float> m(4 * k_hidden, k_hidden), v(4 * k_hidden, k_hidden);
    m.fill(0);
    v.fill(1e-6f);
    AdamStep step;
    for (auto _ : state) {
        kernels::adamUpdate<float>(p.span(), g.span(), m.span(), v.span(), step);
        ++step.step;
        benchmark::ClobberMemory();
    }
    countNumbers(state, p.size());
}

void sgd(benchmark::State& state) {
    Matrix<float> p = randomMatrix(4 * k_hidden, k_hidden, 0.05f, 1);
    const Matrix<float> g = randomMatrix(4 * k_hidden, k_hidden, 1e-3f, 2);
    for (auto _ : state) {
        kernels::sgdUpdate<float>(p.span(), g.span(), {}, 1e-3, 0, 1);
        benchmark::ClobberMemory();
    }
    countNumbers(state, p.size());
}

// A tile of rows: 50 symbols, and a vocabulary of 10,000 words.
void softmaxLoss(benchmark::State& state) {
    const auto vocabulary = static_cast<std::size_t>(state.range(0));
    const Matrix<float> logits = randomMatrix(k_batch, vocabulary, 3, 1);
    Matrix<float> gradient(k_batch, vocabulary);
    Rng rng(1, makeStream("benchmark.targets"));
    std::vector<std::int32_t> targets(k_batch);
    for (auto& t : targets)
        t = static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(vocabulary)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(kernels::softmaxCrossEntropy<float>(
            logits.view(), targets, 1.0f / k_batch, gradient.view()));
        benchmark::ClobberMemory();
    }
    countNumbers(state, logits.size());
}

}  // namespace

void registerCells() {
    const auto add = [](const char* name, auto work) {
        return benchmark::RegisterBenchmark(name, work)
            ->UseRealTime()
            ->Unit(benchmark::kMicrosecond);
    };
    add("lstm_forward", lstmForward);
    add("lstm_backward", lstmBackward);
    add("lstm_backward_from_input", lstmBackwardFromInput);
    add("gru_forward", gruForward);
    add("gru_backward", gruBackward);
    add("adam_update", adam);
    add("sgd_update", sgd);
    add("softmax_loss", softmaxLoss)->Arg(50)->Arg(10000);
}

}  // namespace bitloom::benchmarks
