#pragma once
// Every quantizer Bitloom has, in one explicit table: names, bit-widths, what they need, how to
// make them. A new method is one row here (and a catalog row, which describes it to people).

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "quant/quantizer.h"

namespace bitloom {

struct QuantizerMethod {
    std::string_view name;       ///< QuantizerConfig::method
    std::vector<int> bits;       ///< bit-widths it has; the first is its default. Ternary counts 2
    bool secondMoment = false;   ///< looks at the second moment of the gradients
    bool stochastic = false;     ///< draws at every use, in evaluation too
    bool trainedScales = false;  ///< has (Wp, Wn) a block that the optimizer updates
    bool rowByRow = false;       ///< works a row at a time by definition
    std::unique_ptr<Quantizer<float>> (*makeFloat)(const QuantizerConfig&) = nullptr;
    std::unique_ptr<Quantizer<double>> (*makeDouble)(const QuantizerConfig&) = nullptr;
};

/// The table, in the order lists show it; full precision is not in it.
std::span<const QuantizerMethod> quantizerMethods();

/// nullptr if there is no such method.
const QuantizerMethod* findQuantizerMethod(std::string_view name);

}  // namespace bitloom
