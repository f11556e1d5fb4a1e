#include "quant/apply.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "math/threads.h"
#include "support.h"

namespace bitloom {
namespace {

using test::configOf;

struct Tensors {
    std::size_t hidden = 9, gates = 4, cols = 14;
    std::vector<double> w = test::randomWeights(hidden * gates * cols, 3);
    std::vector<double> v = test::randomMoments(hidden * gates * cols, 3);
    std::vector<double> g = test::randomWeights(hidden * gates * cols, 4);

    [[nodiscard]] std::size_t rows() const { return hidden * gates; }
    [[nodiscard]] MatrixView<const double> view(const std::vector<double>& x) const {
        return {x.data(), rows(), cols};
    }
    [[nodiscard]] std::vector<double> quantize(const QuantizerConfig& config,
                                               std::uint64_t seed = 5,
                                               std::uint64_t stream = 6) const {
        const auto quantizer = makeQuantizer<double>(config);
        std::vector<double> out(w.size(), 99);
        quantizeTensor(*quantizer, config, view(w), view(v), {}, 0.2, hidden, seed, stream,
                       {out.data(), rows(), cols});
        return out;
    }
};

class BudgetOf {  // restores the thread budget
public:
    explicit BudgetOf(int count) : m_former(threads()) { setThreads(count); }
    ~BudgetOf() { setThreads(m_former); }
    BudgetOf(const BudgetOf&) = delete;
    BudgetOf& operator=(const BudgetOf&) = delete;

private:
    int m_former;
};

TEST(QuantizerBlocks, Counts) {
    QuantizerConfig config;
    EXPECT_EQ(quantizerBlocks(config, 36, 9), 4u);
    EXPECT_EQ(quantizerBlocks(config, 36, 0), 1u);
    EXPECT_EQ(quantizerBlocks(config, 10, 4), 3u);  // the last is shorter
    EXPECT_EQ(quantizerBlocks(config, 0, 4), 0u);
    config.granularity = Granularity::row;
    EXPECT_EQ(quantizerBlocks(config, 36, 9), 36u);
    config.granularity = Granularity::matrix;
    EXPECT_EQ(quantizerBlocks(config, 36, 9), 1u);
}

TEST(QuantizeTensor, CutsByGranularity) {
    const Tensors t;
    for (const auto& [granularity, blockRows] : {std::pair{Granularity::gate, t.hidden},
                                                 {Granularity::row, std::size_t{1}},
                                                 {Granularity::matrix, t.rows()}}) {
        QuantizerConfig config = configOf("lat_exact");
        config.granularity = granularity;
        const auto q = t.quantize(config);
        const std::size_t n = blockRows * t.cols;
        for (std::size_t first = 0; first < q.size(); first += n) {
            const auto part = [&](const std::vector<double>& x) {
                const auto at = x.begin() + static_cast<std::ptrdiff_t>(first);
                return std::vector<double>(at, at + static_cast<std::ptrdiff_t>(n));
            };
            EXPECT_EQ(part(q), test::quantized("lat_exact", 2, part(t.w), blockRows, part(t.v)));
        }
    }
}

TEST(QuantizeTensor, DoesNotDependOnTheThreadCount) {
    Tensors t;
    for (const QuantizerMethod& method : quantizerMethods())
        for (const Granularity granularity :
             {Granularity::gate, Granularity::row, Granularity::matrix}) {
            QuantizerConfig config = configOf(std::string(method.name), method.bits.back());
            config.granularity = granularity;
            if (refuseQuantizer(config)) continue;
            const BudgetOf one(1);
            const auto alone = t.quantize(config);
            for (const int count : {2, 3, 8}) {
                const BudgetOf several(count);
                EXPECT_EQ(t.quantize(config), alone) << method.name << " " << count;
            }
        }
}

TEST(QuantizeTensor, DrawsDifferByBlockSeedAndStream) {
    Tensors t;
    std::fill(t.w.begin(), t.w.end(), 0.0);
    const QuantizerConfig config = configOf("binary_connect_stochastic");
    const auto q = t.quantize(config, 5, 6);
    EXPECT_EQ(q, t.quantize(config, 5, 6));
    EXPECT_NE(q, t.quantize(config, 6, 6));
    EXPECT_NE(q, t.quantize(config, 5, 7));
    const auto gate = static_cast<std::ptrdiff_t>(t.hidden * t.cols);
    EXPECT_FALSE(std::equal(q.begin(), q.begin() + gate, q.begin() + gate));
}

TEST(QuantizeTensor, StridedViewsGiveTheSame) {
    const Tensors t;
    const std::size_t stride = t.cols + 5;
    for (const QuantizerMethod& method : quantizerMethods()) {
        const QuantizerConfig config = configOf(std::string(method.name), method.bits.back());
        const auto quantizer = makeQuantizer<double>(config);
        std::vector<double> w(t.rows() * stride, 7.0), v(w), out(w);
        for (std::size_t r = 0; r < t.rows(); ++r) {
            std::copy_n(t.w.data() + r * t.cols, t.cols, w.data() + r * stride);
            std::copy_n(t.v.data() + r * t.cols, t.cols, v.data() + r * stride);
        }
        quantizeTensor(*quantizer, config, {w.data(), t.rows(), t.cols, stride},
                       {v.data(), t.rows(), t.cols, stride}, {}, 0.2, t.hidden, 5, 6,
                       {out.data(), t.rows(), t.cols, stride});
        const auto dense = t.quantize(config);
        for (std::size_t r = 0; r < t.rows(); ++r)
            for (std::size_t c = 0; c < stride; ++c)
                EXPECT_EQ(out[r * stride + c], c < t.cols ? dense[r * t.cols + c] : 7.0)
                    << method.name;
    }
}

TEST(QuantizeTensor, WorksInPlace) {
    const Tensors t;
    for (const QuantizerMethod& method : quantizerMethods()) {
        const QuantizerConfig config = configOf(std::string(method.name), method.bits.back());
        const auto quantizer = makeQuantizer<double>(config);
        std::vector<double> w = t.w;
        quantizeTensor(*quantizer, config, t.view(w), t.view(t.v), {}, 0.2, t.hidden, 5, 6,
                       {w.data(), t.rows(), t.cols});
        EXPECT_EQ(w, t.quantize(config)) << method.name;
    }
}

TEST(BackwardTensor, AddsTheScaleGradientsOfEachGate) {
    const Tensors t;
    const QuantizerConfig config = configOf("ttq");
    const auto quantizer = makeQuantizer<double>(config);
    const std::vector<double> scales{1, 2, 3, 4, 5, 6, 7, 8};
    std::vector<double> gradient = t.g, sums(8, 10.0);
    backwardTensor(*quantizer, config, t.view(t.w), {}, {scales.data(), 4, 2}, 1.0, t.hidden,
                   {gradient.data(), t.rows(), t.cols}, {sums.data(), 4, 2});
    const std::size_t n = t.hidden * t.cols;
    for (std::size_t gate = 0; gate < 4; ++gate) {
        double most = 0, up = 10, down = 10;
        for (std::size_t i = gate * n; i < (gate + 1) * n; ++i)
            most = std::max(most, std::abs(t.w[i]));
        for (std::size_t i = gate * n; i < (gate + 1) * n; ++i) {
            const int zone = (t.w[i] > 0.05 * most) - (t.w[i] < -0.05 * most);
            if (zone > 0) up += t.g[i];
            if (zone < 0) down -= t.g[i];
            const double factor = zone > 0 ? scales[2 * gate] : zone < 0 ? scales[2 * gate + 1] : 1;
            EXPECT_DOUBLE_EQ(gradient[i], factor * t.g[i]);
        }
        EXPECT_NEAR(sums[2 * gate], up, 1e-12);
        EXPECT_NEAR(sums[2 * gate + 1], down, 1e-12);
    }
}

TEST(BackwardTensor, StraightThroughLeavesTheGradient) {
    const Tensors t;
    const QuantizerConfig config = configOf("bwn");
    std::vector<double> gradient = t.g;
    backwardTensor(*makeQuantizer<double>(config), config, t.view(t.w), {}, {}, 1.0, t.hidden,
                   {gradient.data(), t.rows(), t.cols}, {});
    EXPECT_EQ(gradient, t.g);
}

TEST(QuantizeTensor, RefusesShapesThatDoNotFit) {
    const Tensors t;
    const QuantizerConfig config = configOf("ttq");
    const auto quantizer = makeQuantizer<double>(config);
    std::vector<double> out(t.w.size()), scales(8, 1.0);
    const auto run = [&](MatrixView<const double> s, MatrixView<double> to) {
        quantizeTensor(*quantizer, config, t.view(t.w), {}, s, 1.0, t.hidden, 1, 1, to);
    };
    EXPECT_THROW(run({scales.data(), 3, 2}, {out.data(), t.rows(), t.cols}), WorkError);
    EXPECT_THROW(run({scales.data(), 4, 2}, {out.data(), t.rows() - 1, t.cols}), WorkError);
    EXPECT_NO_THROW(run({scales.data(), 4, 2}, {out.data(), t.rows(), t.cols}));
}

TEST(QuantizeTensor, EmptyTensor) {
    const QuantizerConfig config = configOf("twn");
    EXPECT_NO_THROW(
        quantizeTensor(*makeQuantizer<float>(config), config, {}, {}, {}, 1.0f, 4, 1, 1, {}));
}

}  // namespace
}  // namespace bitloom
