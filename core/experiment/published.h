#pragma once
// The published results of Hou, Zhu, Kwok, Gao, Qin, Liu: Normalization Helps Training of Quantized
// LSTM, NeurIPS 2019, Tables 2 to 4: 218 rows, every one test results of a one-layer LSTM.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/spec.h"

namespace bitloom {

struct PublishedResult {
    int table = 0;
    std::string_view dataset;  ///< catalog name
    int hidden = 0;
    std::string_view quantizer;  ///< catalog name, "" = full precision
    int bits = 32;
    std::string_view normalization;
    std::optional<double>
        value;  ///< bits per character, perplexity, or accuracy 0..1; empty: loss became NaN
    std::int64_t sizeKb = 0;  ///< as printed, recurrent layer only
    bool sizeMisfit = false;  ///< the printed size does not follow from the formula of all others

    /// SBN and STN normalize the cell too.
    [[nodiscard]] bool normalizesCell() const { return quantizer == "sbn" || quantizer == "stn"; }
    /// The MNIST tables keep W_ih at 32 bits, except for SBN and STN.
    [[nodiscard]] bool quantizesInput() const;
    /// Alternating rows quantize a trained network afterwards; all others train quantized.
    [[nodiscard]] bool postTraining() const { return quantizer == "alternating"; }
    [[nodiscard]] std::string_view metric() const;
    /// "Table 2, Penn Treebank, characters, 512 units: BinaryConnect + layer".
    [[nodiscard]] std::string label() const;
};

const std::vector<PublishedResult>& publishedResults();

/// The paper's row for the same dataset, network, quantizer and normalization, or nullptr. The
/// recipe of the training is not compared: a shorter run shows the same reference. Rows that
/// quantize afterwards are those of runs that do (start.run with no steps), and of no others.
/// A run on a part of the data has none.
const PublishedResult* findPublished(const Spec& spec);

}  // namespace bitloom
