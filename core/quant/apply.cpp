#include "quant/apply.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "math/rng.h"
#include "math/threads.h"

namespace bitloom {
namespace {

std::size_t rowsOfBlock(const QuantizerConfig& config, std::size_t rows, std::size_t gateRows) {
    switch (config.granularity) {
        case Granularity::row:
            return 1;
        case Granularity::matrix:
            return rows;
        case Granularity::gate:
            break;
    }
    return gateRows == 0 ? rows : std::min(gateRows, rows);
}

template <class A, class B>
void requireShape(const char* what, MatrixView<A> view, MatrixView<B> like) {
    if (view.data && (view.rows != like.rows || view.cols != like.cols))
        throw WorkError("quantizer: " + std::string(what) + " is [" + std::to_string(view.rows) +
                        ", " + std::to_string(view.cols) + "], the weights are [" +
                        std::to_string(like.rows) + ", " + std::to_string(like.cols) + "]");
}

template <class S>
void requireScales(const char* what, MatrixView<S> view, std::size_t blocks) {
    if (view.data && (view.rows != blocks || view.cols != 2))
        throw WorkError("quantizer: " + std::string(what) + " is [" + std::to_string(view.rows) +
                        ", " + std::to_string(view.cols) + "], expected [" +
                        std::to_string(blocks) + ", 2]");
}

template <class T>
struct Tensor {
    MatrixView<const T> latent;
    MatrixView<const T> secondMoment;
    MatrixView<const T> scales;
    T fixedScale;
    std::size_t blockRows;

    [[nodiscard]] std::size_t firstRow(std::size_t b) const { return b * blockRows; }
    [[nodiscard]] std::size_t rowCount(std::size_t b) const {
        return std::min(blockRows, latent.rows - firstRow(b));
    }
    [[nodiscard]] QuantizerBlock<T> block(std::size_t b) const {
        QuantizerBlock<T> result;
        result.latent = latent.rowRange(firstRow(b), rowCount(b));
        if (secondMoment.data)
            result.secondMoment = secondMoment.rowRange(firstRow(b), rowCount(b));
        if (scales.data) result.scale = {scales(b, 0), scales(b, 1)};
        result.fixedScale = fixedScale;
        return result;
    }
};

// Rows are handed out in bundles worth a thread's while.
std::size_t grainOf(std::size_t blockSize) {
    constexpr std::size_t k_elements = 16384;
    return std::max<std::size_t>(1, k_elements / std::max<std::size_t>(1, blockSize));
}

}  // namespace

std::size_t quantizerBlocks(const QuantizerConfig& config, std::size_t rows, std::size_t gateRows) {
    if (rows == 0) return 0;
    const std::size_t blockRows = rowsOfBlock(config, rows, gateRows);
    return (rows + blockRows - 1) / blockRows;
}

template <class T>
void quantizeTensor(const Quantizer<T>& quantizer, const QuantizerConfig& config,
                    MatrixView<const std::type_identity_t<T>> latent,
                    MatrixView<const std::type_identity_t<T>> secondMoment,
                    MatrixView<const std::type_identity_t<T>> scales,
                    std::type_identity_t<T> fixedScale, std::size_t gateRows, std::uint64_t seed,
                    std::uint64_t stream, MatrixView<std::type_identity_t<T>> out) {
    const std::size_t blocks = quantizerBlocks(config, latent.rows, gateRows);
    requireShape("the output", out, latent);
    if (!quantizer.usesSecondMoment()) secondMoment = {};
    requireShape("the second moment", secondMoment, latent);
    if (!quantizer.hasTrainedScales()) scales = {};
    requireScales("the trained scales", scales, blocks);
    if (latent.size() == 0) return;

    const Tensor<T> tensor{latent, secondMoment, scales, fixedScale,
                           rowsOfBlock(config, latent.rows, gateRows)};
    parallelFor(
        blocks, grainOf(tensor.blockRows * latent.cols), [&](std::size_t first, std::size_t last) {
            for (std::size_t b = first; b < last; ++b) {
                Rng rng(seed, makeStream("quantize", stream, b));
                QuantizerBlock<T> block = tensor.block(b);
                block.rng = &rng;
                quantizer.quantize(block, out.rowRange(tensor.firstRow(b), tensor.rowCount(b)));
            }
        });
}

template <class T>
void backwardTensor(const Quantizer<T>& quantizer, const QuantizerConfig& config,
                    MatrixView<const std::type_identity_t<T>> latent,
                    MatrixView<const std::type_identity_t<T>> secondMoment,
                    MatrixView<const std::type_identity_t<T>> scales,
                    std::type_identity_t<T> fixedScale, std::size_t gateRows,
                    MatrixView<std::type_identity_t<T>> gradient,
                    MatrixView<std::type_identity_t<T>> scaleGradient) {
    if (!quantizer.hasOwnGradient()) return;
    const std::size_t blocks = quantizerBlocks(config, latent.rows, gateRows);
    requireShape("the gradient", gradient, latent);
    if (!quantizer.usesSecondMoment()) secondMoment = {};
    requireShape("the second moment", secondMoment, latent);
    if (!quantizer.hasTrainedScales()) scales = scaleGradient = {};
    requireScales("the trained scales", scales, blocks);
    requireScales("the gradient of the trained scales", scaleGradient, blocks);
    if (latent.size() == 0) return;

    const Tensor<T> tensor{latent, secondMoment, scales, fixedScale,
                           rowsOfBlock(config, latent.rows, gateRows)};
    parallelFor(
        blocks, grainOf(tensor.blockRows * latent.cols), [&](std::size_t first, std::size_t last) {
            for (std::size_t b = first; b < last; ++b) {
                std::array<T, 2> sums{};
                quantizer.backward(tensor.block(b),
                                   gradient.rowRange(tensor.firstRow(b), tensor.rowCount(b)), sums);
                if (!scaleGradient.data) continue;
                scaleGradient(b, 0) += sums[0];
                scaleGradient(b, 1) += sums[1];
            }
        });
}

template void quantizeTensor<float>(const Quantizer<float>&, const QuantizerConfig&,
                                    MatrixView<const float>, MatrixView<const float>,
                                    MatrixView<const float>, float, std::size_t, std::uint64_t,
                                    std::uint64_t, MatrixView<float>);
template void quantizeTensor<double>(const Quantizer<double>&, const QuantizerConfig&,
                                     MatrixView<const double>, MatrixView<const double>,
                                     MatrixView<const double>, double, std::size_t, std::uint64_t,
                                     std::uint64_t, MatrixView<double>);
template void backwardTensor<float>(const Quantizer<float>&, const QuantizerConfig&,
                                    MatrixView<const float>, MatrixView<const float>,
                                    MatrixView<const float>, float, std::size_t, MatrixView<float>,
                                    MatrixView<float>);
template void backwardTensor<double>(const Quantizer<double>&, const QuantizerConfig&,
                                     MatrixView<const double>, MatrixView<const double>,
                                     MatrixView<const double>, double, std::size_t,
                                     MatrixView<double>, MatrixView<double>);

}  // namespace bitloom
