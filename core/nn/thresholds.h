#pragma once
// Sizes at which layers and readout change how they compute, by measurement. The memory estimate
// (experiment/memory.cpp) follows the same ways.

#include <cstddef>

namespace bitloom {

/// Rows below which a thread of a team would wait for the weights more than multiply.
inline constexpr std::size_t k_fewestRows = 4;
/// Rows of a batch below which a table's gradient nearly cancels under batch normalization (two
/// rows leave nothing of it), which TokenBatchNormalizer's two parts would round to.
inline constexpr std::size_t k_fewestTokens = 4;
/// Inputs so narrow that their product is a few vector operations a row.
inline constexpr std::size_t k_narrowWidth = 8;
/// Rows of the products that make weight gradients.
inline constexpr std::size_t k_rowsOfABlock = 640;
/// Rows of the products with inputs of several steps. More would leave the cache before the steps
/// read them.
inline constexpr std::size_t k_rowsAhead = 256;
/// Numbers of a tile of logits. Fewer stay in a nearer cache, but the decoder is read once a tile
/// (measured on PTB words: fp32 91 ms a step for 97 with a quarter, bf16 54 for 56).
inline constexpr std::size_t k_tileSize = 2048 * 1024, k_roundedTileSize = k_tileSize / 4;
inline constexpr std::size_t k_mostTileRows = 256, k_fewestTileRows = 16;
/// Rows from which products with a large decoder that is not packed are the faster (measured with
/// 10,000 x 300, oneDNN 2.6: dlogits W of 175 rows a thread 11.4 ms for 11.7 and 1 for packing, of
/// 117 rows 12.1 for 11.9).
inline constexpr std::size_t k_fewestUnpackedRows = 64;
/// Output units whose part of a large decoder's gradient is computed at once: it is to stay in the
/// second-level cache until it is transposed (320 to 2,560 are as fast, all at once is 3 % slower).
inline constexpr std::size_t k_unitsAtOnce = 320;
/// Columns that the transposed operands of products have more than numbers: rows a power of two
/// apart share a few places of the caches, and see math/gemm.h.
inline constexpr std::size_t k_padding = 16;
/// Up to so many numbers of the decoder every thread keeps a gradient of its own.
inline constexpr std::size_t k_smallDecoder = 256 * 1024;

}  // namespace bitloom
