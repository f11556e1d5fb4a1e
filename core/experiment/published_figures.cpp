#include "experiment/published_figures.h"

#include <algorithm>

namespace bitloom {

const std::vector<PublishedSpectralNorm>& publishedSpectralNorms() {
    static const std::vector<PublishedSpectralNorm> table = {
        {512, "PyTorch default", "pytorch", "", 1.15, 0.01},
        {512, "Xavier", "xavier", "", 1.98, 0.01},
        {512, "He", "he", "", 2.81, 0.02},
        {512, "Binarized", "pytorch", "binary_connect", 44.76, 0.28},
        {512, "Ternarized", "pytorch", "ter_connect", 36.18, 0.18},
        {1024, "PyTorch default", "pytorch", "", 1.15, 0},
        {1024, "Xavier", "xavier", "", 1.99, 0.01},
        {1024, "He", "he", "", 2.81, 0.01},
        {1024, "Binarized", "pytorch", "binary_connect", 63.64, 0.3},
        {1024, "Ternarized", "pytorch", "ter_connect", 51.33, 0.28},
        {2048, "PyTorch default", "pytorch", "", 1.15, 0},
        {2048, "Xavier", "xavier", "", 2, 0.01},
        {2048, "He", "he", "", 2.82, 0.01},
        {2048, "Binarized", "pytorch", "binary_connect", 90.32, 0.3},
        {2048, "Ternarized", "pytorch", "ter_connect", 72.81, 0.17},
    };
    return table;
}

const PublishedSpectralNorm* findPublishedSpectralNorm(std::size_t size,
                                                       std::string_view initialization,
                                                       std::string_view quantizer) {
    const bool uniform = initialization == "pytorch" || initialization == "xavier" ||
                         initialization == "he" || initialization == "uniform";
    const bool normal = initialization == "normal" || initialization.ends_with("_normal");
    for (const PublishedSpectralNorm& cell : publishedSpectralNorms()) {
        if (cell.size != size || cell.quantizer != quantizer) continue;
        // Xavier and He name a variance: the spectral norm is the same for both distributions.
        const bool same = initialization == cell.initialization ||
                          initialization == std::string(cell.initialization) + "_normal";
        const bool scaleless = quantizer == "binary_connect" ? uniform || normal : uniform;
        if (quantizer.empty() ? same : scaleless) return &cell;
    }
    return nullptr;
}

const std::vector<PublishedCurve>& publishedLambda1() {
    static const std::vector<PublishedCurve> curves = [] {
        constexpr double iterations[] = {0, 98, 490, 980, 1960, 3920, 5880, 7840};
        struct Row {
            std::string_view quantizer, normalization;
            double values[std::size(iterations)];
        };
        const Row rows[] = {
            {"", "none", {1.755, 13.4, 21.1, 26.3, 33.0, 43.6, 42.2, 50.2}},
            {"binary_connect", "none", {167, 173, 177, 169, 176, 179, 177, 169}},
            {"binary_connect", "layer", {18.1, 24.6, 33.8, 47.3, 56.2, 80.1, 90.0, 88.0}},
            {"binary_connect", "weight", {1.85, 7.23, 16.9, 23.8, 31.8, 35.7, 37.3, 39.8}},
        };
        std::vector<PublishedCurve> result;
        for (const Row& row : rows) {
            PublishedCurve& curve =
                result.emplace_back(PublishedCurve{row.quantizer, row.normalization, {}});
            for (std::size_t i = 0; i < std::size(iterations); ++i)
                curve.points.emplace_back(iterations[i], row.values[i]);
        }
        return result;
    }();
    return curves;
}

const PublishedCurve* findPublishedLambda1(std::string_view quantizer,
                                           std::string_view normalization) {
    const auto& curves = publishedLambda1();
    const auto found = std::find_if(curves.begin(), curves.end(), [&](const auto& curve) {
        return curve.quantizer == quantizer && curve.normalization == normalization;
    });
    return found == curves.end() ? nullptr : &*found;
}

const std::vector<PublishedStateGradient>& publishedStateGradients() {
    static const std::vector<PublishedStateGradient> table = {
        {2, "ptb_char", "", "none", 0.553e-3, 0, 0},
        {2, "ptb_char", "binary_connect", "weight", 0.492e-3, 0, 0},
        {2, "ptb_char", "binary_connect", "layer", 0.456e-3, 0, 0},
        {2, "ptb_char", "binary_connect", "none", 0, 0.201e-3, 2.6},
        {3, "ptb_word", "", "none", 5.89e-3, 0, 0},
        {3, "ptb_word", "binary_connect", "weight", 5.69e-3, 0, 0},
        {3, "ptb_word", "binary_connect", "layer", 6.09e-3, 0, 0},
        {3, "ptb_word", "binary_connect", "none", 0, 3.6e-3, 1.4},
    };
    return table;
}

const PublishedStateGradient* findPublishedStateGradient(std::string_view dataset,
                                                         std::string_view quantizer,
                                                         std::string_view normalization) {
    const auto& table = publishedStateGradients();
    const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) {
        return row.dataset == dataset && row.quantizer == quantizer &&
               row.normalization == normalization;
    });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace bitloom
