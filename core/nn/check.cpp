#include "nn/check.h"

#include <cmath>
#include <string>

#include "base/error.h"

namespace bitloom {

namespace {

[[noreturn]] void refuse(const char* field, const std::string& why) {
    throw InputError({}, field, why);
}

void checkRange(const char* field, int value, int low, int high) {
    if (value < low || value > high)
        refuse(field, std::to_string(value) + " is not in " + std::to_string(low) + " .. " +
                          std::to_string(high));
}

void checkShare(const char* field, double value) {
    if (!(value >= 0 && value < 1)) refuse(field, "must be at least 0 and less than 1");
}

void checkSizes(const NetworkConfig& c) {
    constexpr int wide = 1 << 20;
    checkRange("model.layers", c.layers, 1, 64);
    checkRange("model.hidden", c.hidden, 1, 1 << 15);
    checkRange("model.embedding", c.embedding, 0, 1 << 15);
    checkRange("model.vocabulary", c.vocabulary, 0, wide);
    checkRange("model.features", c.features, 0, wide);
    checkRange("model.outputs", c.outputs, 1, wide);
    if ((c.vocabulary > 0) == (c.features > 0))
        refuse("model.vocabulary",
               "a network reads either tokens (vocabulary) or frames (features)");
    if (c.embedding > 0 && c.features > 0)
        refuse("model.embedding", "frames have no embedding; use 0");
    if (c.task == Task::language_model && c.features > 0)
        refuse("model.features", "a language model reads tokens");
    if (c.task == Task::language_model && c.outputs != c.vocabulary)
        refuse("model.outputs", "a language model has one output a symbol");
    if (c.task == Task::regression && c.outputs != 1)
        refuse("model.outputs", "regression has 1 output");
    // Largest tensors: [G*H, in] and [outputs, H]; 2^31 numbers are 8 GB.
    const double largest =
        4.0 * c.hidden * std::max(c.hidden, std::max(c.inputWidth(0), c.outputs));
    if (largest > 2147483648.0) refuse("model.hidden", "the weight matrices would exceed 8 GB");
}

void checkTying(const NetworkConfig& c) {
    if (!c.tied) return;
    if (c.embedding == 0) refuse("model.tied", "tying needs an embedding");
    if (c.embedding != c.hidden)
        refuse("model.tied", "tying needs embedding == hidden, here " +
                                 std::to_string(c.embedding) + " and " + std::to_string(c.hidden));
    if (c.outputs != c.vocabulary) refuse("model.tied", "tying needs one output a symbol");
    if (c.quantizer.encoder != c.quantizer.decoder && !c.quantizer.method.empty())
        refuse("quantizer.tensors", "a tied encoder and decoder are quantized together");
}

void checkNormalization(const NetworkConfig& c) {
    const NormalizationConfig& n = c.normalization;
    const bool batch = n.method == "batch_shared" || n.method == "batch_separate";
    if (n.method != "none" && n.method != "weight" && n.method != "layer" && !batch)
        refuse("normalization.method",
               "unknown normalization '" + n.method +
                   "'; use none, weight, layer, batch_shared or batch_separate");
    if (n.cell && n.method != "layer" && !batch)
        refuse("normalization.cell",
               "normalizing the cell state needs layer or batch normalization, not " + n.method);
    if (n.cell && c.cell == Cell::gru)
        refuse("normalization.cell", "a GRU has no cell state to normalize");
    if (n.method == "batch_separate") checkRange("normalization.max_steps", n.maxSteps, 1, 100000);
    if (!(n.momentum > 0 && n.momentum <= 1)) refuse("normalization.momentum", "must be in (0, 1]");
    if (!(n.epsilon > 0 && n.epsilon < 1)) refuse("normalization.epsilon", "must be in (0, 1)");
    if (!std::isfinite(n.gain)) refuse("normalization.gain", "must be a finite number");
    const std::string& start = n.gainStart;
    const bool known =
        start == "constant" || start == "uniform" || start == "latent" || start == "independent";
    if (!known)
        refuse("normalization.gain_start",
               "unknown start '" + start +
                   "'; use constant or uniform (layer, batch), latent or independent (weight)");
    if (n.method == "weight" && start == "uniform")
        refuse("normalization.gain_start", "weight normalization starts latent or independent");
    if ((n.method == "layer" || batch) && start == "independent")
        refuse("normalization.gain_start",
               "layer and batch normalization start constant or uniform");
    if (n.trueAverage && n.method != "batch_shared")
        refuse("normalization.true_average", "a true average needs batch_shared");
}

void checkStart(const NetworkConfig& c) {
    const InitConfig& i = c.init;
    if (i.recurrent != "uniform" && i.recurrent != "orthogonal_identity")
        refuse("model.init.recurrent",
               "unknown start '" + i.recurrent + "'; use uniform or orthogonal_identity");
    if (!std::isfinite(i.forgetBias)) refuse("model.init.forget_bias", "must be a finite number");
    if (i.forgetBias != 0 && c.cell == Cell::gru)
        refuse("model.init.forget_bias", "a GRU has no forget gate; use 0");
    if (!(i.decoderBound > 0 && i.decoderBound < 100))
        refuse("model.init.decoder_bound", "must be in (0, 100)");
    if (!(i.stateNoise >= 0 && i.stateNoise < 100))
        refuse("model.init.state_noise", "must be in [0, 100)");
}

}  // namespace

void checkNetwork(const NetworkConfig& config) {
    checkSizes(config);
    checkTying(config);
    checkShare("model.dropout.input", config.dropout.input);
    checkShare("model.dropout.between", config.dropout.between);
    checkShare("model.dropout.output", config.dropout.output);
    if (config.dropout.between > 0 && config.layers == 1)
        refuse("model.dropout.between", "one layer has nothing between layers; use 0");
    checkNormalization(config);
    checkStart(config);
    if (!config.quantizer.method.empty()) {
        if (const auto why = refuseQuantizer(config.quantizer)) refuse("quantizer", *why);
        if (config.quantizer.encoder && config.embedding == 0)
            refuse("quantizer.tensors", "this network has no encoder to quantize");
    }
}

}  // namespace bitloom
