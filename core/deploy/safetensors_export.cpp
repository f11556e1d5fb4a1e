#include "deploy/safetensors_export.h"

#include <deque>
#include <vector>

#include "base/safetensors.h"

namespace bitloom {
namespace {

bool isMatrix(const Parameter<float>& p) {
    return p.role == Role::latent || p.role == Role::weight;
}

/// Gains of weight norm and trained scales are inside the effective weights.
bool isFolded(const NetworkConfig& config, const Parameter<float>& p) {
    return p.role == Role::scale ||
           (p.role == Role::gain && config.normalization.method == "weight" &&
            p.name.starts_with("rnn.gain_"));
}

}  // namespace

void exportSafetensors(Network<float>& network, const std::filesystem::path& path,
                       const std::map<std::string, std::string>& metadata) {
    const NetworkConfig& config = network.config();
    std::vector<TensorToWrite> tensors;
    std::deque<std::vector<float>> owned;  // keeps its elements in place
    for (const Parameter<float>& p : network.parameters()) {
        if (isFolded(config, p)) continue;
        if (isMatrix(p)) {
            tensors.push_back({p.name, p.shape, network.effectiveWeight(p.name).span()});
            continue;
        }
        tensors.push_back({p.name, p.shape, p.value.span()});
        const std::string biasIh = "rnn.bias_ih_l";
        if (config.cell == Cell::lstm && p.name.starts_with(biasIh)) {
            const auto& zeros = owned.emplace_back(p.value.size(), 0.0f);
            tensors.push_back({"rnn.bias_hh_l" + p.name.substr(biasIh.size()), p.shape, zeros});
        }
    }
    if (config.tied) {
        const Parameter<float>& encoder = network.parameters().at("encoder.weight");
        tensors.push_back(
            {"decoder.weight", encoder.shape, network.effectiveWeight("encoder.weight").span()});
    }
    for (const Parameter<float>& p : network.statistics())
        tensors.push_back({p.name, p.shape, p.value.span()});
    writeSafetensors(path, tensors, metadata);
}

NetworkConfig exportedConfig(NetworkConfig config) {
    config.quantizer = QuantizerConfig{};
    if (config.normalization.method == "weight") config.normalization = NormalizationConfig{};
    return config;
}

void importSafetensors(Network<float>& network, const std::filesystem::path& path) {
    const Safetensors file = Safetensors::read(path);
    for (ParameterSet<float>* set : {&network.parameters(), &network.statistics()})
        for (Parameter<float>& p : *set) file.copy(p.name, p.shape, p.value.span());
    network.weightsChanged();
}

}  // namespace bitloom
