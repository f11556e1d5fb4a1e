#include "train/sampler.h"

#include <cmath>

#include "base/error.h"
#include "math/rng.h"

namespace bitloom {
namespace {

std::int32_t firstSymbol(const Dataset& dataset) {
    Batch batch;
    const auto source = dataset.source(Split::valid, {1, 1, 1});
    return source->next(batch) && !batch.tokens.empty() ? batch.tokens[0] : 0;
}

/// Leaves the logits after `token` in the network.
void read(Network<float>& network, std::int32_t token, RecurrentState<float>& state) {
    Batch batch;
    batch.steps = 1;
    batch.size = 1;
    batch.tokens = {token};
    batch.targets = {-1};
    batch.carriesState = !state.h.empty();
    batch.startsStreams = state.h.empty();
    network.forward(batch, Mode::evaluate, state);
}

}  // namespace

std::int32_t drawToken(std::span<const float> logits, double temperature, double u) {
    std::size_t best = 0;
    double top = -HUGE_VAL;
    for (std::size_t i = 0; i < logits.size(); ++i)
        if (std::isfinite(logits[i]) && static_cast<double>(logits[i]) > top) {
            top = static_cast<double>(logits[i]);
            best = i;
        }
    if (temperature <= 0 || !std::isfinite(top)) return static_cast<std::int32_t>(best);
    const auto weight = [&](float logit) {
        return std::isfinite(logit) ? std::exp((static_cast<double>(logit) - top) / temperature)
                                    : 0.0;
    };
    double total = 0;
    for (const float logit : logits) total += weight(logit);
    double left = u * total;
    for (std::size_t i = 0; i < logits.size(); ++i) {
        left -= weight(logits[i]);
        if (left < 0) return static_cast<std::int32_t>(i);
    }
    return static_cast<std::int32_t>(best);
}

void sample(Network<float>& network, const Dataset& dataset, const SampleOptions& options,
            const std::function<bool(std::string_view)>& onSymbol) {
    const DatasetInfo& info = dataset.info();
    if (info.task != Task::language_model)
        throw InputError(info.name, {}, "is not a language model's dataset: nothing to sample");
    if (!(options.temperature >= 0) || !std::isfinite(options.temperature))
        throw InputError({}, "temperature", "expected a number of at least 0");
    if (options.length < 0) throw InputError({}, "length", "expected a number of at least 0");
    std::vector<std::int32_t> prompt = options.prompt;
    if (prompt.empty()) prompt.push_back(firstSymbol(dataset));
    RecurrentState<float> state;
    for (const std::int32_t token : prompt) read(network, token, state);
    Rng rng(options.seed, makeStream("sample", options.stream));
    for (int i = 0; i < options.length; ++i) {
        const auto logits = network.logits();
        const std::int32_t token = drawToken({logits.row(logits.rows - 1), logits.cols},
                                             options.temperature, rng.uniformDouble());
        if (!onSymbol(dataset.symbolText(token))) return;
        if (i + 1 < options.length) read(network, token, state);
    }
}

std::string sampleText(Network<float>& network, const Dataset& dataset,
                       const SampleOptions& options) {
    std::string text;
    sample(network, dataset, options, [&](std::string_view symbol) {
        text += symbol;
        return true;
    });
    return text;
}

}  // namespace bitloom
