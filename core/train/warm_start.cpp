#include "train/warm_start.h"

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

}  // namespace

WarmStart warmStart(const std::filesystem::path& path, Network<float>& network, std::uint64_t seed,
                    ParameterSet<float>& moments) {
    const Safetensors file = openWeights(path);
    WarmStart start;
    start.step = weightsStep(file);
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
        if (start.secondMoments) {
            copyMoments(file, prefix, parameters, moments);
            network.setSecondMoments(&moments);
        }
    }
    network.weightsChanged();
    return start;
}

}  // namespace bitloom
