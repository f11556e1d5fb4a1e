#include "train/checkpoint.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "quant/quantizer.h"
#include "train/checkpoint_file.h"

namespace bitloom {
namespace {

using Json = nlohmann::ordered_json;

constexpr int k_format = 1;
constexpr std::int64_t k_mostSteps = std::int64_t{1} << 53;

void addSet(std::vector<TensorToWrite>& tensors, const ParameterSet<float>& set,
            const std::string& prefix) {
    for (const Parameter<float>& p : set)
        tensors.push_back({prefix + p.name, p.shape, p.value.span()});
}

void addMoments(std::vector<TensorToWrite>& tensors, const ParameterSet<float>& moments,
                const std::string& prefix) {
    for (const Parameter<float>& v : moments)
        if (v.quantized) tensors.push_back({prefix + v.name, v.shape, v.value.span()});
}

std::vector<TensorToWrite> weightTensors(Network<float>& network) {
    std::vector<TensorToWrite> tensors;
    addSet(tensors, network.parameters(), "");
    addSet(tensors, network.statistics(), "");
    return tensors;
}

void copySet(const Safetensors& file, ParameterSet<float>& set, const std::string& prefix) {
    for (Parameter<float>& p : set) file.copy(prefix + p.name, p.shape, p.value.span());
}

void addStates(std::vector<TensorToWrite>& tensors, const std::vector<Matrix<float>>& states,
               const std::string& prefix) {
    for (std::size_t l = 0; l < states.size(); ++l)
        tensors.push_back({prefix + std::to_string(l),
                           {static_cast<std::int64_t>(states[l].rows()),
                            static_cast<std::int64_t>(states[l].cols())},
                           states[l].span()});
}

std::vector<Matrix<float>> copyStates(const Safetensors& file, const std::string& prefix,
                                      const NetworkConfig& config) {
    std::vector<Matrix<float>> states;
    if (!file.find(prefix + "0")) return states;
    for (int l = 0; l < config.layers; ++l) {
        const std::string name = prefix + std::to_string(l);
        const Safetensors::Tensor* tensor = file.find(name);
        if (!tensor || tensor->shape.size() != 2 || tensor->shape[1] != config.hidden)
            throw InputError(file.where(), name, "expected a state of shape [batch, hidden]");
        Matrix<float>& matrix = states.emplace_back();
        matrix.resize(static_cast<std::size_t>(tensor->shape[0]),
                      static_cast<std::size_t>(tensor->shape[1]));
        file.copy(name, tensor->shape, matrix.span());
    }
    return states;
}

template <class T>
Json optionalJson(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

template <class T>
T numberIn(const Json& tree, const char* key, double least, double most, const std::string& where) {
    const auto found = tree.find(key);
    if (found == tree.end() || !found->is_number() || !(found->template get<double>() >= least) ||
        !(found->template get<double>() <= most))
        throw InputError(where, key, "expected a number in range");
    return found->template get<T>();
}

template <class T>
std::optional<T> optionalIn(const Json& tree, const char* key, double least, double most,
                            const std::string& where) {
    if (tree.contains(key) && tree[key].is_null()) return std::nullopt;
    return numberIn<T>(tree, key, least, most, where);
}

TrainingState stateFrom(const Safetensors& file) {
    const std::string& where = file.where();
    const Json tree = Json::parse(file.metadata("training"), nullptr, false);
    if (!tree.is_object() || tree.value("format", 0) != k_format)
        throw InputError(where, "training", "is not a checkpoint this version reads");
    constexpr auto steps = static_cast<double>(k_mostSteps);
    constexpr double any = 1e300;
    TrainingState state;
    state.step = numberIn<std::int64_t>(tree, "step", 0, steps, where);
    state.epoch = numberIn<int>(tree, "epoch", 0, 2e9, where);
    state.position = numberIn<std::int64_t>(tree, "position", 0, steps, where);
    state.tokens = numberIn<std::int64_t>(tree, "tokens", 0, 9e18, where);
    state.rateMultiplier = numberIn<double>(tree, "rate_multiplier", 0, any, where);
    state.userRate = optionalIn<double>(tree, "user_rate", 0, any, where);
    state.userEpochs = optionalIn<int>(tree, "user_epochs", 0, 2e9, where);
    state.userSteps = optionalIn<std::int64_t>(tree, "user_steps", 0, steps, where);
    state.stepsAboveLimit = numberIn<int>(tree, "steps_above_limit", 0, 2e9, where);
    state.best = optionalIn<double>(tree, "best", -any, any, where);
    state.bestStep = numberIn<std::int64_t>(tree, "best_step", 0, steps, where);
    state.last = optionalIn<double>(tree, "last", -any, any, where);
    if (!tree.contains("validation_due") || !tree["validation_due"].is_boolean())
        throw InputError(where, "validation_due", "expected true or false");
    state.validationDue = tree["validation_due"].get<bool>();
    state.lossSum = numberIn<double>(tree, "loss_sum", -any, any, where);
    state.lossCount = numberIn<std::int64_t>(tree, "loss_count", 0, steps, where);
    if (!tree.contains("record")) throw InputError(where, "record", "is missing");
    state.record = tree["record"].dump();
    return state;
}

}  // namespace

std::string trainingStateJson(const TrainingState& state, std::optional<double> seconds) {
    Json tree = {{"format", k_format},
                 {"step", state.step},
                 {"epoch", state.epoch},
                 {"position", state.position},
                 {"tokens", state.tokens},
                 {"rate_multiplier", state.rateMultiplier},
                 {"user_rate", optionalJson(state.userRate)},
                 {"user_epochs", optionalJson(state.userEpochs)},
                 {"user_steps", optionalJson(state.userSteps)},
                 {"steps_above_limit", state.stepsAboveLimit},
                 {"best", optionalJson(state.best)},
                 {"best_step", state.bestStep},
                 {"last", optionalJson(state.last)},
                 {"validation_due", state.validationDue},
                 {"loss_sum", state.lossSum},
                 {"loss_count", state.lossCount},
                 {"record", Json::parse(state.record)}};
    if (seconds) tree["seconds"] = *seconds;
    return tree.dump(seconds ? 2 : -1);
}

void WeightsFile::write() const {
    TensorMetadata texts = metadata;
    texts["digest"] = weightsDigest(tensors, texts);
    writeSafetensors(path, tensors, texts);
}

void CopiedTensors::take(WeightsFile& file) {
    for (TensorToWrite& tensor : file.tensors) {
        if (tensor.values.empty()) continue;
        const auto [copy, isNew] = m_copies.try_emplace(tensor.values.data());
        if (isNew) copy->second.assign(tensor.values.begin(), tensor.values.end());
        tensor.values = copy->second;
    }
}

WeightsFile checkpointFile(const std::filesystem::path& path, const TrainingParts& parts,
                           const std::string& spec) {
    std::vector<TensorToWrite> tensors = weightTensors(parts.network);
    for (const MomentSet<float>& set : parts.optimizer.moments())
        addSet(tensors, *set.values, set.name + "/");
    addStates(tensors, parts.carried.h, "state.h/");
    addStates(tensors, parts.carried.c, "state.c/");
    if (parts.startMoments && parts.state.step == 0)
        addMoments(tensors, *parts.startMoments, k_startMoment);
    return {path,
            std::move(tensors),
            {{"spec", spec}, {"training", trainingStateJson(parts.state, std::nullopt)}}};
}

void saveCheckpoint(const std::filesystem::path& path, const TrainingParts& parts,
                    const std::string& spec) {
    checkpointFile(path, parts, spec).write();
}

void loadCheckpoint(const std::filesystem::path& path, const TrainingParts& parts) {
    const Safetensors file = openWeights(path);
    TrainingState state = stateFrom(file);
    copySet(file, parts.network.parameters(), "");
    copySet(file, parts.network.statistics(), "");
    for (const MomentSet<float>& set : parts.optimizer.moments())
        copySet(file, *set.values, set.name + "/");
    const NetworkConfig& config = parts.network.config();
    parts.carried.h = copyStates(file, "state.h/", config);
    parts.carried.c = copyStates(file, "state.c/", config);
    parts.optimizer.setSteps(state.step);
    parts.state = std::move(state);
    parts.network.weightsChanged();
}

TrainingState readCheckpointState(const std::filesystem::path& path) {
    return stateFrom(openWeights(path));
}

WeightsFile weightsFile(const std::filesystem::path& path, Network<float>& network,
                        const ParameterSet<float>* moments,
                        const std::map<std::string, std::string>& metadata) {
    std::vector<TensorToWrite> tensors = weightTensors(network);
    if (moments) addMoments(tensors, *moments, k_secondMoment);
    return {path, std::move(tensors), metadata};
}

void saveWeights(const std::filesystem::path& path, Network<float>& network,
                 const ParameterSet<float>* moments,
                 const std::map<std::string, std::string>& metadata) {
    weightsFile(path, network, moments, metadata).write();
}

void loadWeights(const std::filesystem::path& path, Network<float>& network,
                 ParameterSet<float>& moments) {
    const Safetensors file = openWeights(path);
    copySet(file, network.parameters(), "");
    copySet(file, network.statistics(), "");
    const std::int64_t step = weightsStep(file);
    const auto quantizer = makeQuantizer<float>(network.config().quantizer);
    const std::string prefix = momentPrefix(file, step);
    // Before the first update there is no v but one that came with the start; without it the
    // network takes 1. Later weights without theirs are refused by the copy.
    if (quantizer && quantizer->usesSecondMoment() && (step > 0 || !prefix.empty())) {
        copyMoments(file, prefix.empty() ? k_secondMoment : prefix, network.parameters(), moments);
        network.setSecondMoments(&moments);
    }
    network.setStep(static_cast<std::uint64_t>(step));
    network.weightsChanged();
}

}  // namespace bitloom
