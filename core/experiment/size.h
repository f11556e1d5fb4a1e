#pragma once
// Model sizes: the paper's convention (recurrent layer only, floor(bits/8192 + 0.5) KB), the whole
// model, and the real bytes of the packed file, split by what the bytes are.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/config.h"

namespace bitloom {

struct ModelSize {
    std::int64_t paperKb = 0;  ///< methods.md section 6; the paper's own formula
    std::int64_t recurrentBytes =
        0;  ///< packed recurrent layers: weights, scales, norm, statistics, biases
    std::int64_t modelBytes = 0;  ///< packed whole model, embedding and decoder included
    struct Parts {
        std::int64_t weights = 0, scales = 0, norm = 0, statistics = 0, bias = 0, embedding = 0,
                     decoder = 0;
    } parts;  ///< bytes; their sum is modelBytes
};

/// `pixelSequence`: the paper keeps W_ih at 32 bits on MNIST except for sbn / stn; this follows
/// config.quantizer.weightIh instead, which the MNIST presets set to false.
ModelSize modelSize(const NetworkConfig& config);

/// {"paper_kb","recurrent_bytes","model_bytes","parts":{"weights","scales","norm",...}} on one
/// line.
std::string sizeJson(const ModelSize& size);

/// One printed size cell of the paper against modelSize().
struct SizeCheck {
    std::string label;
    std::int64_t printed = 0;
    std::int64_t computed = 0;
    bool knownMisfit = false;
};
std::vector<SizeCheck> checkPublishedSizes();

}  // namespace bitloom
