#include "quant/registry.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "quant/alternating.h"
#include "quant/binary_connect.h"
#include "quant/bwn.h"
#include "quant/dorefa.h"
#include "quant/greedy.h"
#include "quant/lab.h"
#include "quant/laq.h"
#include "quant/lat.h"
#include "quant/stochastic.h"
#include "quant/ter_connect.h"
#include "quant/ttq.h"
#include "quant/twn.h"
#include "quant/uniform.h"

namespace bitloom {
namespace {

constexpr int k_mostIterations = 1000;

double thresholdOr(const QuantizerConfig& config, double own) {
    return config.threshold > 0 ? config.threshold : own;
}
int iterationsOr(const QuantizerConfig& config, int own) {
    return config.iterations > 0 ? config.iterations : own;
}

// A row's factories: `Make` is a generic lambda from (Quantizer type tag, config) to the object.
template <class T, class Make>
std::unique_ptr<Quantizer<T>> makeWith(const QuantizerConfig& config) {
    return Make{}.template operator()<T>(config);
}

struct Needs {
    bool secondMoment = false;
    bool stochastic = false;
    bool trainedScales = false;
    bool rowByRow = false;
};

template <class Make>
QuantizerMethod row(std::string_view name, std::vector<int> bits, Needs needs, Make) {
    return {name,
            std::move(bits),
            needs.secondMoment,
            needs.stochastic,
            needs.trainedScales,
            needs.rowByRow,
            &makeWith<float, Make>,
            &makeWith<double, Make>};
}

using Config = const QuantizerConfig&;

std::vector<QuantizerMethod> makeTable() {
    const std::vector<int> binary{1}, ternary{2};
    return {
        row("binary_connect", binary, {},
            []<class T>(Config) { return std::make_unique<BinaryConnect<T>>(); }),
        row("binary_connect_stochastic", binary, {.stochastic = true},
            []<class T>(Config) { return std::make_unique<StochasticBinary<T>>(DrawScale::one); }),
        row("bwn", binary, {}, []<class T>(Config) { return std::make_unique<Bwn<T>>(); }),
        row("lab", binary, {.secondMoment = true},
            []<class T>(Config) { return std::make_unique<Lab<T>>(); }),
        row("sbn", binary, {.stochastic = true},
            []<class T>(Config) {
                return std::make_unique<StochasticBinary<T>>(DrawScale::fixed);
            }),
        row("ter_connect", ternary, {},
            []<class T>(Config c) { return std::make_unique<TerConnect<T>>(thresholdOr(c, 0.7)); }),
        row("ternary_connect", ternary, {.stochastic = true},
            []<class T>(Config) { return std::make_unique<StochasticTernary<T>>(DrawScale::one); }),
        row("twn", ternary, {},
            []<class T>(Config c) { return std::make_unique<Twn<T>>(thresholdOr(c, 0.7)); }),
        row("ttq", ternary, {.trainedScales = true},
            []<class T>(Config c) { return std::make_unique<Ttq<T>>(thresholdOr(c, 0.05)); }),
        row("lat_approximate", ternary, {.secondMoment = true},
            []<class T>(Config c) {
                return std::make_unique<LatApproximate<T>>(LatScales::shared, iterationsOr(c, 10));
            }),
        row("lat_exact", ternary, {.secondMoment = true},
            []<class T>(Config) { return std::make_unique<LatExact<T>>(LatScales::shared); }),
        row("lat2_approximate", ternary, {.secondMoment = true},
            []<class T>(Config c) {
                return std::make_unique<LatApproximate<T>>(LatScales::separate,
                                                           iterationsOr(c, 10));
            }),
        row("lat2_exact", ternary, {.secondMoment = true},
            []<class T>(Config) { return std::make_unique<LatExact<T>>(LatScales::separate); }),
        row("stn", ternary, {.stochastic = true},
            []<class T>(Config) {
                return std::make_unique<StochasticTernary<T>>(DrawScale::fixed);
            }),
        row("laq_linear", {2, 3, 4, 8}, {.secondMoment = true},
            []<class T>(Config c) {
                return std::make_unique<Laq<T>>(LaqLevels::linear, c.bits, iterationsOr(c, 10));
            }),
        // At 8 bits the log levels would end at 2^-126 of the scale, beyond what a float weight
        // resolves.
        row("laq_log", {2, 3, 4}, {.secondMoment = true},
            []<class T>(Config c) {
                return std::make_unique<Laq<T>>(LaqLevels::logarithmic, c.bits,
                                                iterationsOr(c, 10));
            }),
        row("dorefa", {1, 2, 3, 4, 8}, {},
            []<class T>(Config c) { return std::make_unique<Dorefa<T>>(c.bits); }),
        row("uniform", {2, 3, 4, 8}, {},
            []<class T>(Config c) { return std::make_unique<Uniform<T>>(c.bits); }),
        row("greedy", {1, 2, 3, 4, 8}, {.rowByRow = true},
            []<class T>(Config c) { return std::make_unique<Greedy<T>>(c.bits); }),
        row("alternating", {1, 2, 3, 4, 8}, {.rowByRow = true},
            []<class T>(Config c) {
                return std::make_unique<Alternating<T>>(c.bits, iterationsOr(c, 2));
            }),
    };
}

template <class Items, class Name>
std::string listed(const Items& items, Name nameOf) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) text += i + 1 == items.size() ? " or " : ", ";
        text += nameOf(items[i]);
    }
    return text;
}

}  // namespace

std::span<const QuantizerMethod> quantizerMethods() {
    static const std::vector<QuantizerMethod> table = makeTable();
    return table;
}

const QuantizerMethod* findQuantizerMethod(std::string_view name) {
    for (const QuantizerMethod& method : quantizerMethods())
        if (method.name == name) return &method;
    return nullptr;
}

std::optional<std::string> refuseQuantizer(const QuantizerConfig& config) {
    if (config.method.empty()) return std::nullopt;
    const QuantizerMethod* method = findQuantizerMethod(config.method);
    if (!method)
        return "there is no quantizer \"" + config.method + "\"; the quantizers are " +
               listed(quantizerMethods(), [](const auto& m) { return std::string(m.name); });
    if (std::find(method->bits.begin(), method->bits.end(), config.bits) == method->bits.end())
        return config.method + " has " +
               listed(method->bits, [](int bits) { return std::to_string(bits); }) +
               (method->bits.back() == 1 ? " bit, not " : " bits, not ") +
               std::to_string(config.bits) +
               (method->bits == std::vector<int>{2} ? " (ternary weights count as 2 bits)" : "");
    if (method->rowByRow && config.granularity == Granularity::matrix)
        return config.method +
               " fits each row by itself, so its granularity cannot be the whole matrix; use row";
    if (!std::isfinite(config.threshold) || config.threshold < 0)
        return "the threshold must be 0 (the method's own) or a positive factor";
    if (config.method == "ttq" && config.threshold >= 1)
        return "ttq's threshold is a part of the largest weight and must be below 1: from 1 on "
               "every weight would be 0";
    if (config.iterations < 0 || config.iterations > k_mostIterations)
        return "the number of iterations must be 0 (the method's own) to " +
               std::to_string(k_mostIterations);
    return std::nullopt;
}

template <class T>
std::unique_ptr<Quantizer<T>> makeQuantizer(const QuantizerConfig& config) {
    if (config.method.empty()) return nullptr;
    if (const auto reason = refuseQuantizer(config)) throw InputError({}, "quantizer", *reason);
    const QuantizerMethod* method = findQuantizerMethod(config.method);
    if constexpr (std::is_same_v<T, float>)
        return method->makeFloat(config);
    else
        return method->makeDouble(config);
}

template std::unique_ptr<Quantizer<float>> makeQuantizer<float>(const QuantizerConfig&);
template std::unique_ptr<Quantizer<double>> makeQuantizer<double>(const QuantizerConfig&);

}  // namespace bitloom
