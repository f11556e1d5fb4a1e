#include "train/warm_start.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "nn/initialization.h"
#include "quant/quantizer.h"
#include "train/checkpoint_file.h"

namespace bitloom {
namespace {

std::string shapeText(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t n : shape) text += (text.empty() ? "" : ", ") + std::to_string(n);
    return "[" + text + "]";
}

/// Belongs to normalization, trained scales or learnable states, which another choice may bring.
bool mayBeFresh(const std::string& name) {
    return name.starts_with("rnn.norm_") || name.starts_with("rnn.gain_") ||
           name.starts_with("rnn.scale_") || name.ends_with(".scale") ||
           name.starts_with("rnn.h0_") || name.starts_with("rnn.c0_");
}

/// Of the training or of the optimizer, not of the network.
bool isBookkeeping(const std::string& name) {
    return name.find('/') != name.npos;
}

void carry(const Safetensors& file, ParameterSet<float>& set, WarmStart& start) {
    for (Parameter<float>& p : set) {
        const Safetensors::Tensor* tensor = file.find(p.name);
        if (!tensor && mayBeFresh(p.name)) {
            start.fresh.push_back(p.name);
            continue;
        }
        if (!tensor)
            throw InputError(file.where(), "start.run",
                             "has no " + p.name + ", which this network needs");
        if (tensor->shape != p.shape)
            throw InputError(file.where(), "start.run",
                             "holds " + p.name + " of shape " + shapeText(tensor->shape) +
                                 "; this network's is " + shapeText(p.shape));
        file.copy(p.name, p.shape, p.value.span());
        start.carried.push_back(p.name);
    }
}

/// Updates made, from a checkpoint's counters or the best weights' own note.
std::int64_t stepOf(const Safetensors& file) {
    const bool whole = file.metadata().contains("training");
    const auto tree =
        nlohmann::json::parse(file.metadata(whole ? "training" : "step"), nullptr, false);
    const nlohmann::json step =
        whole && tree.is_object() ? tree.value("step", nlohmann::json()) : tree;
    if (!step.is_number_unsigned())
        throw InputError(file.where(), "step", "expected a whole number");
    return step.get<std::int64_t>();
}

}  // namespace

WarmStart warmStart(const std::filesystem::path& path, Network<float>& network, std::uint64_t seed,
                    ParameterSet<float>& moments) {
    const Safetensors file = openWeights(path);
    WarmStart start;
    start.step = stepOf(file);
    ParameterSet<float>& parameters = network.parameters();
    carry(file, parameters, start);
    carry(file, network.statistics(), start);
    const std::set<std::string> carried(start.carried.begin(), start.carried.end());
    for (const Safetensors::Tensor& tensor : file.tensors())
        if (!isBookkeeping(tensor.name) && !carried.contains(tensor.name))
            start.left.push_back(tensor.name);
    for (const std::string& name : start.fresh)
        if (name.starts_with("rnn.gain_"))
            initializeWeightGain(network.config(), seed, parameters, parameters.at(name));

    const auto quantizer = makeQuantizer<float>(network.config().quantizer);
    if (const std::string prefix = momentPrefix(file, start.step);
        quantizer && quantizer->usesSecondMoment() && !prefix.empty()) {
        start.secondMoments = true;
        for (const Parameter<float>& p : parameters)
            if (p.quantized) start.secondMoments &= file.find(prefix + p.name) != nullptr;
        for (const Parameter<float>& p : parameters) {
            if (!start.secondMoments || !p.quantized) continue;
            Parameter<float>& v = moments.add(p.name, p.shape, p.role, false);
            v.quantized = true;  // what is written to files
            file.copy(prefix + p.name, p.shape, v.value.span());
        }
        if (start.secondMoments) network.setSecondMoments(&moments);
    }
    network.weightsChanged();
    return start;
}

}  // namespace bitloom
