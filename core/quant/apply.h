#pragma once
// Quantizes whole weight matrices: cuts [G*H, in] into blocks (gates, rows or the matrix), runs
// them on the thread budget and gives every block its own random stream, so that results do not
// depend on the number of threads.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "math/matrix.h"
#include "quant/quantizer.h"

namespace bitloom {

/// The blocks that a matrix of `rows` rows in gates of `gateRows` (the last may be shorter; 0 = one
/// gate) is cut into. Trained scales (ttq) have the shape [quantizerBlocks(...), 2]: a row (Wp, Wn)
/// a block, that is a gate at Granularity::gate.
std::size_t quantizerBlocks(const QuantizerConfig& config, std::size_t rows, std::size_t gateRows);

/// out = Q(latent), [rows, cols]; out may be latent's memory.
/// @param secondMoment v, same shape; data == nullptr means v = 1. Read by the loss-aware methods
/// only.
/// @param scales [blocks, 2], ttq only; data == nullptr means 1 and 1.
/// @param fixedScale W0 of sbn and stn. @param gateRows H for recurrent matrices; rows or 0 for
/// others.
/// @param seed, stream name the draws of stochastic methods: one stream a tensor and step.
/// Throws WorkError when shapes do not fit each other.
template <class T>
void quantizeTensor(const Quantizer<T>& quantizer, const QuantizerConfig& config,
                    MatrixView<const std::type_identity_t<T>> latent,
                    MatrixView<const std::type_identity_t<T>> secondMoment,
                    MatrixView<const std::type_identity_t<T>> scales,
                    std::type_identity_t<T> fixedScale, std::size_t gateRows, std::uint64_t seed,
                    std::uint64_t stream, MatrixView<std::type_identity_t<T>> out);

/// gradient [rows, cols]: dL/dQ on entry, dL/dW on exit. Returns at once for straight-through
/// methods.
/// @param scaleGradient [blocks, 2]: dL/d(Wp, Wn) is added; may have data == nullptr.
/// The other arguments are those of quantizeTensor. Throws WorkError when shapes do not fit.
template <class T>
void backwardTensor(const Quantizer<T>& quantizer, const QuantizerConfig& config,
                    MatrixView<const std::type_identity_t<T>> latent,
                    MatrixView<const std::type_identity_t<T>> secondMoment,
                    MatrixView<const std::type_identity_t<T>> scales,
                    std::type_identity_t<T> fixedScale, std::size_t gateRows,
                    MatrixView<std::type_identity_t<T>> gradient,
                    MatrixView<std::type_identity_t<T>> scaleGradient);

}  // namespace bitloom
