#include "bench/workload.h"

#include <cstdint>

#include "base/error.h"
#include "experiment/catalog.h"
#include "math/rng.h"

namespace bitloom {

const std::vector<Workload>& workloads() {
    static const std::vector<Workload> table{
        {"char-ptb", 100, 64, 50, 0, 0, 512, 0, "adam", 2e-3},
        {"word-ptb", 35, 20, 10000, 300, 0, 300, 0, "sgd", 1.0},
        {"seq-mnist", 784, 100, 0, 0, 1, 100, 10, "adam", 2e-3},
        {"char-small", 50, 32, 50, 0, 0, 128, 0, "adam", 2e-3},
    };
    return table;
}

Workload findWorkload(const std::string& name, const std::string& where, const std::string& field) {
    std::string names;
    for (const Workload& workload : workloads()) {
        if (name == workload.name) return workload;
        names += (names.empty() ? "" : ", ") + workload.name;
    }
    throw InputError(where, field, "no workload \"" + name + "\"; the workloads are " + names);
}

NetworkConfig workloadNetwork(const Workload& workload, const std::string& variant) {
    const std::size_t plus = variant.find('+');
    const std::string quantizer = variant.substr(0, plus);
    NetworkConfig config;
    config.hidden = workload.hidden;
    config.layers = workload.layers;
    config.vocabulary = workload.vocabulary;
    config.embedding = workload.embedding;
    config.features = workload.features;
    config.outputs = workload.classes ? workload.classes : workload.vocabulary;
    config.task = workload.classes ? Task::classification : Task::language_model;
    config.quantizer.method = quantizer == "full" ? "" : quantizer;
    config.normalization.method = plus == variant.npos ? "none" : variant.substr(plus + 1);
    config.normalization.maxSteps = workload.steps;
    const Entry* entry = findEntry(quantizerEntries(), config.quantizer.method);
    if (quantizer.empty() || !entry ||
        !findEntry(normalizationEntries(), config.normalization.method))
        throw InputError("--variant", variant,
                         "expected QUANTIZER+NORMALIZATION as `list` names them, or full+none");
    if (!entry->bits.empty()) config.quantizer.bits = entry->bits.front();
    return config;
}

Batch randomBatch(const Workload& workload) {
    Rng rng(1, makeStream("bench"));
    Batch batch;
    batch.steps = static_cast<std::size_t>(workload.steps);
    batch.size = static_cast<std::size_t>(workload.batch);
    batch.features = static_cast<std::size_t>(workload.features);
    const std::size_t rows = batch.steps * batch.size;
    const auto draw = [&](int below) {
        return static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(below)));
    };
    if (workload.features) {
        batch.frames.resize(rows * batch.features);
        for (float& x : batch.frames) x = rng.uniform();
    } else {
        batch.tokens.resize(rows);
        for (auto& token : batch.tokens) token = draw(workload.vocabulary);
    }
    batch.targets.resize(workload.classes ? batch.size : rows);
    for (auto& target : batch.targets)
        target = draw(workload.classes ? workload.classes : workload.vocabulary);
    return batch;
}

double productFlops(const Workload& workload, const NetworkConfig& config) {
    const double rows = static_cast<double>(workload.steps) * workload.batch;
    const double hidden = workload.hidden;
    const double gates = config.gates() * hidden;
    double products = 3 * rows * gates * hidden * config.layers;  // recurrent: y, dx, dW
    products += 3 * rows * gates * hidden * (config.layers - 1);  // from the layer below
    if (workload.embedding) products += 3 * rows * gates * workload.embedding;
    if (workload.features) products += 2 * rows * gates * workload.features;  // y, dW
    const double read = workload.classes ? workload.batch : rows;
    products += 3 * read * hidden * config.outputs;
    return 2 * products;
}

}  // namespace bitloom
