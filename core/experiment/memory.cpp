#include "experiment/memory.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <numeric>

#include <unistd.h>

#include "math/product_library.h"
#include "nn/thresholds.h"
#include "quant/quantizer.h"

namespace bitloom {
namespace {

constexpr double k_number = sizeof(float);
constexpr double k_megabyte = 1024.0 * 1024;
/// Measured: code, libraries, thread stacks and compiled kernels of the smallest trainings, with
/// oneDNN 2.6 (Debian 12) and 3.7 (Debian 13).
constexpr double k_program = 33 * k_megabyte, k_programOneDnn3 = 44 * k_megabyte;

/// Blocks that oneDNN packs of a plain operand with AVX-512, 2.6 and 3.7 (sgemm's bk and bm).
constexpr double k_packedRows = 384, k_packedColumns = 9984;

/// The sizes of a spec's network as numbers, named as in memory.h.
struct Sizes {
    explicit Sizes(const Spec& spec)
        : network(spec.network),
          training(spec.training),
          steps(automaticMaxSteps(spec)),
          batch(spec.training.batch),
          hidden(network.hidden),
          width(network.gates() * hidden),
          outputs(network.outputs),
          members(std::clamp(std::floor(batch / k_fewestRows), 1.0,
                             static_cast<double>(spec.training.threads))),
          kept(training.recompute > 0 ? std::min<double>(training.recompute, steps) : steps),
          productBytes(training.precision == "bf16" ? 2 : 4) {
        const std::string& method = network.normalization.method;
        layerNorm = method == "layer";
        batchNorm = method.starts_with("batch_");
        const auto quantizer = makeQuantizer<float>(network.quantizer);
        quantizes = quantizer != nullptr;
        lossAware = quantizes && quantizer->usesSecondMoment();
        everyStep = network.task == Task::language_model || network.task == Task::labelling;
        if (training.evaluationBatch > 0)
            evaluationBatch = training.evaluationBatch;
        else
            evaluationBatch = batch;
    }

    [[nodiscard]] bool affine() const { return layerNorm || batchNorm; }
    [[nodiscard]] bool lstm() const { return network.cell == Cell::lstm; }
    /// The first layer reads symbols without an embedding.
    [[nodiscard]] bool oneHot(int l) const {
        return l == 0 && network.features == 0 && network.embedding == 0;
    }
    [[nodiscard]] double input(int l) const { return network.inputWidth(l); }
    /// Few given numbers, which are multiplied without oneDNN.
    [[nodiscard]] bool narrow(int l) const { return !oneHot(l) && input(l) <= k_narrowWidth; }
    [[nodiscard]] bool scalar(int l) const {
        return narrow(l) && affine() && l == 0 && network.features == 1;
    }
    /// Normalized rows of W_ih^T, one a symbol, instead of normalized products.
    [[nodiscard]] bool table(int l) const {
        return oneHot(l) && !batchNorm && network.dropout.input <= 0;
    }
    /// Rows of the same under batch norm, normalized as they are read.
    [[nodiscard]] bool tokens(int l) const {
        return oneHot(l) && batchNorm && network.dropout.input <= 0 && batch >= k_fewestTokens;
    }
    /// Rows the readout reads.
    [[nodiscard]] double rows() const { return everyStep ? steps * batch : batch; }
    [[nodiscard]] bool rounds() const { return productBytes < k_number; }
    /// Steps of a wide input that are multiplied at once.
    [[nodiscard]] double stepsAhead() const {
        return std::clamp(std::floor(k_rowsAhead * members / batch), 1.0, kept);
    }
    /// Threads of the readout, which shares out rows of all steps.
    [[nodiscard]] double readoutMembers() const {
        return std::clamp(std::floor(rows() / k_fewestTileRows), 1.0,
                          static_cast<double>(training.threads));
    }
    /// Rows of a tile of logits.
    [[nodiscard]] double tileRows() const {
        const double share = std::ceil(rows() / readoutMembers());
        const double size = static_cast<double>(rounds() ? k_roundedTileSize : k_tileSize);
        const double most =
            std::min(std::clamp(std::floor(size / outputs), static_cast<double>(k_fewestTileRows),
                                static_cast<double>(k_mostTileRows)),
                     share);
        return std::ceil(share / std::ceil(share / most));
    }
    [[nodiscard]] bool hasSmallDecoder() const { return outputs * hidden <= k_smallDecoder; }
    /// Transposed instead of packed.
    [[nodiscard]] bool hasUnpackedDecoder() const {
        return !hasSmallDecoder() && !rounds() && tileRows() >= k_fewestUnpackedRows;
    }

    const NetworkConfig& network;
    const TrainingConfig& training;
    double steps, batch, hidden, width, outputs, members, kept, productBytes;
    double evaluationBatch = 0;
    bool layerNorm = false, batchNorm = false, quantizes = false, lossAware = false,
         everyStep = false;
};

struct Numbers {
    double trained = 0, quantized = 0, recurrent = 0, statistics = 0;
};

Numbers count(const Sizes& s) {
    const NetworkConfig& n = s.network;
    Numbers numbers;
    const auto matrix = [&](double size, bool quantized) {
        numbers.trained += size;
        if (s.quantizes && quantized) numbers.quantized += size;
    };
    for (int l = 0; l < n.layers; ++l) {
        matrix(s.width * s.input(l), n.quantizer.weightIh);
        matrix(s.width * s.hidden, n.quantizer.weightHh);
        numbers.recurrent += s.width * (s.input(l) + s.hidden);
        numbers.trained += s.lstm() ? s.width : 2 * s.width;
        if (n.normalization.method == "weight") numbers.trained += 2 * s.width;
        const double normalized = 4 * s.width + (n.normalization.cell ? 2 * s.hidden : 0);
        if (s.affine()) numbers.trained += normalized;
        if (s.batchNorm)
            numbers.statistics +=
                normalized *
                (n.normalization.method == "batch_separate" ? n.normalization.maxSteps : 1);
    }
    if (n.embedding > 0)
        matrix(static_cast<double>(n.vocabulary) * n.embedding, n.quantizer.encoder);
    if (!n.tied) matrix(s.outputs * s.hidden, n.quantizer.decoder);
    numbers.trained += s.outputs;
    return numbers;
}

double weightsInUse(const Sizes& s, const Numbers& numbers) {
    double bytes = k_number * numbers.quantized;
    if (s.network.normalization.method == "weight") bytes += k_number * numbers.recurrent;
    double largest = s.hasUnpackedDecoder() ? 0 : s.outputs * s.hidden;  // of those packed
    for (int l = 0; l < s.network.layers; ++l) {
        bytes += 2 * s.productBytes * s.width * s.hidden;
        const double matrix = s.width * s.input(l);
        largest = std::max({largest, s.width * s.hidden, s.oneHot(l) || s.narrow(l) ? 0 : matrix});
        const bool readsGradient = l > 0 || s.network.embedding > 0;
        if (s.oneHot(l) || s.narrow(l))
            bytes += k_number * matrix * (1 + (s.table(l) && s.layerNorm ? 1 : 0) + s.members);
        else if (s.rounds())
            bytes += s.productBytes * matrix * (readsGradient ? 2 : 1);
        else  // packed for evaluations, transposed for training
            bytes += 2 * k_number * matrix;
    }
    // What oneDNN 3 packs from: transposed, and rounded.
    if (productLibraryVersion() >= 3)
        bytes += (k_number + (s.rounds() ? s.productBytes : 0)) * largest;
    return bytes + (s.hasUnpackedDecoder() ? 1 : 2) * s.productBytes * s.outputs * s.hidden;
}

/// Of all layers, when `kept` steps are kept for the way back; traced: with all a probe looks at.
double activations(const Sizes& s, double kept, bool traced) {
    const NetworkConfig& n = s.network;
    const double row = s.batch * s.hidden;
    const double block = s.batch * s.width;
    double numbers = 0;
    for (int l = 0; l < n.layers; ++l) {
        const bool forgetsGates = s.lstm() && s.affine() && !n.normalization.cell && !traced;
        numbers += (s.steps + 1) * row + (forgetsGates ? block : kept * (row + block));
        if (s.lstm()) numbers += (kept + 1) * row;
        if (s.lstm() && kept < s.steps) numbers += std::ceil(s.steps / kept) * row;
        const bool readsTokens = !traced && s.tokens(l);
        if (s.affine())
            numbers +=
                kept * block * (s.table(l) || readsTokens || (s.scalar(l) && !traced) ? 1 : 2);
        // Statistics of one-hot inputs, and what they take back.
        if (readsTokens) numbers += 4 * s.members * s.steps * s.width;
        if (n.normalization.cell && s.affine()) numbers += kept * row;
        // What normalization divided by, and means; a given number has none.
        if (s.batchNorm) {
            const double sides = readsTokens || (s.scalar(l) && !traced) ? 1 : 2;
            numbers += 2 * s.steps * s.width * sides * s.members;
        }
        if (s.layerNorm) numbers += 2 * s.steps * s.batch * n.gates() * 2;
        if (l > 0 && n.dropout.between > 0) numbers += 2 * s.steps * row;
    }
    numbers += std::min(n.layers - 1, 2) * s.steps * row;
    if (n.embedding > 0 || n.features > 0)
        numbers += s.steps * s.batch * s.input(0) * (n.embedding > 0 ? 2 : 1);
    if (n.dropout.input > 0) numbers += s.steps * s.batch * (s.oneHot(0) ? 1.0 : s.input(0));
    return k_number * numbers;
}

double work(const Sizes& s) {
    const double rows = s.batch / s.members;
    const double blockRows = rows * std::clamp(std::floor(k_rowsOfABlock / rows), 1.0, s.steps);
    double bytes = 0;
    for (int l = 0; l < s.network.layers; ++l) {
        const bool wide = !s.oneHot(l) && !s.narrow(l);
        const double inputs = s.hidden + (wide ? s.input(l) : 0);
        // Both sides have rows of their own but in an LSTM without activation norms.
        const double blocks = wide && (s.affine() || !s.lstm()) ? 2 : 1;
        bytes += s.productBytes * (blockRows * blocks * s.width + (blockRows + k_padding) * inputs);
        if (s.rounds()) bytes += k_number * rows * inputs;
        if (wide) bytes += k_number * (s.stepsAhead() * rows + blockRows) * s.input(l);
        bytes += k_number * (s.width * inputs + rows * (3 * s.width + 4 * s.hidden));
    }
    // What oneDNN packs a block of a plain matrix into.
    const double widest = s.hasUnpackedDecoder() ? std::max(s.width, s.outputs) : s.width;
    bytes += s.productBytes * k_packedRows * (std::min(widest, k_packedColumns) + k_packedRows);
    return s.members * bytes;
}

double readout(const Sizes& s) {
    const double rows = s.rows();
    double bytes = k_number * s.steps * s.batch * s.hidden;
    if (!s.everyStep) bytes += 2 * k_number * rows * s.hidden;
    if (s.network.dropout.output > 0) bytes += 2 * k_number * rows * s.hidden;
    const double tile = s.tileRows() * s.outputs;
    if (s.hasSmallDecoder()) {
        const double numbers = 2 * tile + s.outputs * (k_padding + s.hidden);
        bytes += s.readoutMembers() * k_number * numbers;
        if (s.rounds())
            bytes += s.readoutMembers() * s.productBytes * (2 * tile + s.tileRows() * s.hidden);
    } else {
        bytes += s.productBytes * rows * (s.outputs + s.hidden);
        bytes += s.readoutMembers() * k_number * s.hidden * k_unitsAtOnce;
        if (s.rounds()) bytes += s.readoutMembers() * k_number * (tile + s.tileRows() * s.hidden);
    }
    // An evaluation computes all logits of its window.
    const double evaluated = s.everyStep ? s.steps * s.evaluationBatch : s.evaluationBatch;
    bytes += k_number * evaluated * s.outputs;
    // It may be wider than training, and collects the average statistics of every step.
    bytes += k_number * std::max(0.0, s.evaluationBatch - s.batch) * s.steps * s.hidden *
             s.network.layers;
    if (s.batchNorm &&
        (s.network.normalization.method == "batch_shared" || s.network.normalization.trueAverage))
        bytes += s.network.layers * 2 * 6 * k_number * s.steps * s.width;
    return bytes;
}

double probes(const Sizes& s, const Numbers& numbers) {
    const double window = s.steps * s.batch * s.hidden;
    const double wider = activations(s, s.steps, true) - activations(s, s.kept, false);
    const double copies = s.network.normalization.method == "weight" ? 2 : s.quantizes ? 1 : 0;
    // The trainer keeps the step's gradients and the statistics it found over a probe.
    const double kept = numbers.trained + numbers.statistics;
    return wider +
           k_number * (2 * s.rows() * s.outputs + 2 * window + copies * numbers.recurrent + kept);
}

/// First number of a file of the kernel's, in `unit` bytes; 0 if there is none.
double numberIn(const char* path, const std::string& key, double unit) {
    std::ifstream in(path);
    std::string word;
    while (!key.empty() && in >> word && word != key) {
    }
    double value = 0;
    return in >> value ? value * unit : 0;
}

}  // namespace

double TrainingMemory::total() const {
    const auto all = parts();
    return std::accumulate(all.begin(), all.end(), 0.0,
                           [](double sum, const auto& part) { return sum + part.second; });
}

std::vector<std::pair<std::string, double>> TrainingMemory::parts() const {
    return {{"parameters", parameters}, {"gradients", gradients},     {"moments", moments},
            {"weights", weights},       {"activations", activations}, {"work", work},
            {"readout", readout},       {"probes", probes},           {"files", files},
            {"dataset", dataset},       {"program", program}};
}

TrainingMemory trainingMemory(const Spec& spec) {
    const Sizes s(spec);
    const Numbers numbers = count(s);
    const bool adam = spec.training.optimizer == "adam";
    TrainingMemory memory;
    memory.parameters = k_number * (numbers.trained + numbers.statistics);
    memory.gradients = k_number * numbers.trained;
    memory.moments = k_number * numbers.trained * (adam ? 2 : spec.training.momentum != 0 ? 1 : 0);
    if (!adam && s.lossAware) memory.moments += k_number * numbers.quantized;
    memory.weights = weightsInUse(s, numbers);
    memory.activations = activations(s, s.kept, false);
    memory.work = work(s);
    memory.readout = readout(s);
    if (spec.probes.every > 0) memory.probes = probes(s, numbers);
    memory.files = memory.parameters + memory.moments;
    memory.dataset = static_cast<double>(spec.datasetBytes);
    memory.program = productLibraryVersion() >= 3 ? k_programOneDnn3 : k_program;
    return memory;
}

std::string memoryJson(const TrainingMemory& memory) {
    const auto whole = [](double bytes) { return std::to_string(std::llround(bytes)); };
    std::string text = "{\"total\":" + whole(memory.total());
    for (const auto& [name, bytes] : memory.parts()) text += ",\"" + name + "\":" + whole(bytes);
    return text + "}";
}

double machineMemory() {
    double bytes = numberIn("/proc/meminfo", "MemTotal:", 1024);
    if (bytes == 0)
        bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                static_cast<double>(::sysconf(_SC_PAGE_SIZE));
    for (const char* limit :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"})
        if (const double most = numberIn(limit, "", 1); most > 0 && most < bytes) bytes = most;
    return std::max(0.0, bytes);
}

std::string memoryWords(double bytes) {
    char text[40];
    const double megabytes = bytes / k_megabyte;
    if (megabytes < 10)
        std::snprintf(text, sizeof text, "%.1f MB", megabytes);
    else if (megabytes < 1000)
        std::snprintf(text, sizeof text, "%.0f MB", megabytes);
    else
        std::snprintf(text, sizeof text, "%.1f GB", megabytes / 1024);
    return text;
}

std::optional<Problem> memoryProblem(const Spec& spec, double available) {
    const TrainingMemory memory = trainingMemory(spec);
    if (available <= 0 || memory.total() <= available) return std::nullopt;
    std::string remedy = "make the network, the batch or the window smaller";
    Spec smaller = spec;
    smaller.probes.every = 0;
    smaller.training.recompute =
        static_cast<int>(std::ceil(std::sqrt(static_cast<double>(automaticMaxSteps(spec)))));
    if (const double less = trainingMemory(smaller).total(); less <= available)
        remedy = "training.recompute = " + std::to_string(smaller.training.recompute) +
                 " with probes.every = 0 needs about " + memoryWords(less);
    // Named by what takes most of it.
    const bool wide = memory.activations + memory.readout + memory.probes < memory.total() / 2;
    return Problem{wide ? "model.hidden" : "training.batch",
                   "training needs about " + memoryWords(memory.total()) + ", there is " +
                       memoryWords(available) + ": " + remedy};
}

}  // namespace bitloom
