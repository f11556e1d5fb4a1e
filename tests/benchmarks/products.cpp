// Products: the packed weight of a step, a weight gradient, and the machine's own large product.

#include <benchmark/benchmark.h>

#include "math/gemm.h"
#include "operands.h"

namespace bitloom::benchmarks {
namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_hidden = 512;
constexpr std::size_t k_width = 4 * k_hidden;
constexpr double k_flops = 2.0 * k_batch * k_width * k_hidden;

void packedForward(benchmark::State& state, Precision precision) {
    const Matrix<float> w = randomMatrix(k_width, k_hidden, 0.05f, 1);
    const Matrix<float> h = randomMatrix(k_batch, k_hidden, 1, 2);
    Matrix<float> y(k_batch, k_width);
    PackedWeight<float> packed;
    packed.packForward(w.view(), k_batch, 1, precision);
    for (auto _ : state) {
        packed.forward(h.view(), y.view());
        benchmark::ClobberMemory();
    }
    countFlops(state, k_flops);
}

void packedBackward(benchmark::State& state, Precision precision) {
    const Matrix<float> w = randomMatrix(k_width, k_hidden, 0.05f, 1);
    const Matrix<float> dy = randomMatrix(k_batch, k_width, 1e-3f, 2);
    Matrix<float> dx(k_batch, k_hidden);
    PackedWeight<float> packed;
    packed.packBackward(w.view(), k_batch, 1, precision);
    for (auto _ : state) {
        packed.backward(dy.view(), dx.view());
        benchmark::ClobberMemory();
    }
    countFlops(state, k_flops);
}

// What an update costs before the first product.
void packing(benchmark::State& state, Precision precision) {
    const Matrix<float> w = randomMatrix(k_width, k_hidden, 0.05f, 1);
    PackedWeight<float> packed;
    for (auto _ : state) {
        packed.packForward(w.view(), k_batch, 1, precision);
        packed.packBackward(w.view(), k_batch, 1, precision);
        benchmark::ClobberMemory();
    }
    countNumbers(state, w.size());
}

// dW^T += h^T dy over a block of eight steps.
void weightGradient(benchmark::State& state) {
    const Matrix<float> dy = randomMatrix(8 * k_batch, k_width, 1e-3f, 1);
    const Matrix<float> h = randomMatrix(k_hidden, 8 * k_batch, 1, 2);
    Matrix<float> sum(k_hidden, k_width);
    sum.fill(0);
    for (auto _ : state) {
        product<float, float>(h.view(), dy.view(), true, sum.view());
        benchmark::ClobberMemory();
    }
    countFlops(state, 8 * k_flops);
}

void squareProduct(benchmark::State& state) {
    constexpr std::size_t size = 1024;
    const Matrix<float> a = randomMatrix(size, size, 1, 1);
    const Matrix<float> b = randomMatrix(size, size, 1, 2);
    Matrix<float> c(size, size);
    for (auto _ : state) {
        gemm<float>(Transpose::no, Transpose::no, a.view(), b.view(), 0, c.view());
        benchmark::ClobberMemory();
    }
    countFlops(state, 2.0 * size * size * size);
}

}  // namespace

void registerProducts() {
    const auto add = [](const char* name, auto work) {
        benchmark::RegisterBenchmark(name, work)->UseRealTime()->Unit(benchmark::kMicrosecond);
    };
    const auto both = [&](const char* fp32, const char* bf16,
                          void (*work)(benchmark::State&, Precision)) {
        add(fp32, [work](benchmark::State& state) { work(state, Precision::fp32); });
        if (hasBFloat16Products())
            add(bf16, [work](benchmark::State& state) { work(state, Precision::bf16); });
    };
    both("packed_forward", "packed_forward/bf16", packedForward);
    both("packed_backward", "packed_backward/bf16", packedBackward);
    both("packing", "packing/bf16", packing);
    add("weight_gradient", weightGradient);
    add("square_product_1024", squareProduct);
}

}  // namespace bitloom::benchmarks
