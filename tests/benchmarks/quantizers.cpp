// Every quantizer on a recurrent matrix of four gates: once forward, and backward where it has a
// gradient of its own.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "operands.h"
#include "quant/apply.h"
#include "quant/registry.h"

namespace bitloom::benchmarks {
namespace {

constexpr std::size_t k_hidden = 512;
constexpr std::size_t k_rows = 4 * k_hidden;

struct Operands {
    explicit Operands(const QuantizerConfig& config)
        : latent(randomMatrix(k_rows, k_hidden, 0.05f, 1)),
          moment(randomMatrix(k_rows, k_hidden, 1e-3f, 2)),
          out(k_rows, k_hidden),
          scales(quantizerBlocks(config, k_rows, k_hidden), 2),
          scaleGradient(scales.rows(), 2) {
        for (std::size_t i = 0; i < moment.size(); ++i) moment.data()[i] *= moment.data()[i];
        scales.fill(1);
        scaleGradient.fill(0);
    }
    Matrix<float> latent, moment, out, scales, scaleGradient;
};

void forward(benchmark::State& state, const QuantizerConfig& config) {
    const auto quantizer = makeQuantizer<float>(config);
    Operands a(config);
    std::uint64_t step = 0;
    for (auto _ : state) {
        quantizeTensor<float>(*quantizer, config, a.latent.view(), a.moment.view(), a.scales.view(),
                              0.05f, k_hidden, 1, ++step, a.out.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, a.latent.size());
}

void backward(benchmark::State& state, const QuantizerConfig& config) {
    const auto quantizer = makeQuantizer<float>(config);
    Operands a(config);
    const Matrix<float> gradient = randomMatrix(k_rows, k_hidden, 1e-3f, 3);
    for (auto _ : state) {
        state.PauseTiming();  // gradients are turned in place: each time from the same ones
        std::copy_n(gradient.data(), gradient.size(), a.out.data());
        state.ResumeTiming();
        backwardTensor<float>(*quantizer, config, a.latent.view(), a.moment.view(), a.scales.view(),
                              0.05f, k_hidden, a.out.view(), a.scaleGradient.view());
        benchmark::ClobberMemory();
    }
    countNumbers(state, a.latent.size());
}

}  // namespace

void registerQuantizers() {
    for (const QuantizerMethod& method : quantizerMethods())
        for (const int bits : method.bits) {
            QuantizerConfig config;
            config.method = method.name;
            config.bits = bits;
            const std::string name = config.method + "/" + std::to_string(bits);
            const auto add = [&](const std::string& what, auto work) {
                benchmark::RegisterBenchmark(
                    (what + name).c_str(),
                    [work, config](benchmark::State& state) { work(state, config); })
                    ->UseRealTime()
                    ->Unit(benchmark::kMicrosecond);
            };
            add("quantize/", forward);
            if (makeQuantizer<float>(config)->hasOwnGradient()) add("quantize_backward/", backward);
        }
}

}  // namespace bitloom::benchmarks
