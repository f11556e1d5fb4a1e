#include "bench/quantizer_cost.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

#include "bench/median.h"
#include "math/matrix.h"
#include "math/rng.h"
#include "quant/apply.h"
#include "quant/registry.h"

namespace bitloom {
namespace {

struct Tensor {
    Matrix<float> latent;
    Matrix<float> moment;
    Matrix<float> gradient;
    Matrix<float> out;
    float fixedScale = 1;
};

/// Latent weights as they start, uniform +-1/sqrt(H), and moments as Adam's: squares of gradients.
Tensor makeTensor(std::size_t rows, std::size_t cols, int hidden, std::uint64_t number) {
    Tensor tensor;
    for (Matrix<float>* m : {&tensor.latent, &tensor.moment, &tensor.gradient, &tensor.out})
        m->resize(rows, cols);
    Rng rng(1, makeStream("bench.weights", number));
    const float bound = 1 / std::sqrt(static_cast<float>(hidden));
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < cols; ++c) {
            tensor.latent(r, c) = bound * (2 * rng.uniform() - 1);
            tensor.gradient(r, c) = 1e-3f * (2 * rng.uniform() - 1);
            tensor.moment(r, c) = tensor.gradient(r, c) * tensor.gradient(r, c);
        }
    tensor.fixedScale = std::sqrt(6 / static_cast<float>(rows + cols)) / 2;
    return tensor;
}

/// `prepare` is not timed.
template <class Prepare, class Work>
double medianSeconds(int repeats, Prepare prepare, Work work) {
    std::vector<double> times;
    for (int i = 0; i <= repeats; ++i) {
        prepare();
        const auto start = std::chrono::steady_clock::now();
        work(static_cast<std::uint64_t>(i));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (i > 0) times.push_back(took.count());  // the first one warms up
    }
    return median(std::move(times));
}

}  // namespace

std::vector<QuantizerCost> quantizerCosts(const Workload& workload, int repeats) {
    const NetworkConfig network = workloadNetwork(workload, "full+none");
    const auto hidden = static_cast<std::size_t>(workload.hidden);
    const std::size_t rows = static_cast<std::size_t>(network.gates()) * hidden;
    std::vector<Tensor> tensors;
    for (int l = 0; l < network.layers; ++l)
        for (const std::size_t cols : {static_cast<std::size_t>(network.inputWidth(l)), hidden})
            tensors.push_back(makeTensor(rows, cols, workload.hidden, tensors.size()));

    std::vector<QuantizerCost> costs;
    for (const QuantizerMethod& method : quantizerMethods())
        for (const int bits : method.bits) {
            QuantizerConfig config;
            config.method = method.name;
            config.bits = bits;
            const auto quantizer = makeQuantizer<float>(config);
            const std::size_t blocks = quantizerBlocks(config, rows, hidden);
            Matrix<float> scales(blocks, 2);
            Matrix<float> scaleGradient(blocks, 2);
            for (std::size_t b = 0; b < blocks; ++b) scales(b, 0) = scales(b, 1) = 1;
            QuantizerCost cost{std::string(method.name), bits, 0, 0};
            const auto quantize = [&](std::uint64_t step) {
                for (Tensor& t : tensors)
                    quantizeTensor<float>(*quantizer, config, t.latent.view(), t.moment.view(),
                                          scales.view(), t.fixedScale, hidden, 1, step,
                                          t.out.view());
            };
            // Gradients are turned in place: each time from the same ones.
            const auto fresh = [&] {
                for (Tensor& t : tensors)
                    std::copy_n(t.gradient.data(), t.gradient.size(), t.out.data());
            };
            const auto turn = [&](std::uint64_t) {
                for (Tensor& t : tensors)
                    backwardTensor<float>(*quantizer, config, t.latent.view(), t.moment.view(),
                                          scales.view(), t.fixedScale, hidden, t.out.view(),
                                          scaleGradient.view());
            };
            cost.forwardSeconds = medianSeconds(
                repeats, [] {}, quantize);
            if (quantizer->hasOwnGradient())
                cost.backwardSeconds = medianSeconds(repeats, fresh, turn);
            costs.push_back(std::move(cost));
        }
    return costs;
}

}  // namespace bitloom
