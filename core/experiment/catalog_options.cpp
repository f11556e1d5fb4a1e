#include <utility>

#include "experiment/catalog.h"

// Every field of spec.json. Ranges are what the software accepts, not what is wise: the
// combinations are judged in spec_rules.cpp.

namespace bitloom {
namespace {

constexpr double k_largestSeed = 9007199254740992.0;  // 2^53: exact in every JSON reader

Option field(OptionType type, std::string key, std::string label, std::string help,
             std::string fallback) {
    Option option;
    option.type = type;
    option.key = std::move(key);
    option.label = std::move(label);
    option.help = std::move(help);
    option.fallback = std::move(fallback);
    return option;
}

Option number(OptionType type, std::string key, std::string label, std::string help,
              std::string fallback, double least, double most, std::string unit = "") {
    Option option =
        field(type, std::move(key), std::move(label), std::move(help), std::move(fallback));
    option.least = least;
    option.most = most;
    option.unit = std::move(unit);
    return option;
}

Option integer(std::string key, std::string label, std::string help, std::string fallback,
               double least, double most, std::string unit = "") {
    return number(OptionType::integer, std::move(key), std::move(label), std::move(help),
                  std::move(fallback), least, most, std::move(unit));
}

Option real(std::string key, std::string label, std::string help, std::string fallback,
            double least, double most, std::string unit = "") {
    return number(OptionType::real, std::move(key), std::move(label), std::move(help),
                  std::move(fallback), least, most, std::move(unit));
}

Option choice(std::string key, std::string label, std::string help, std::string fallback,
              std::vector<std::string> choices) {
    Option option = field(OptionType::choice, std::move(key), std::move(label), std::move(help),
                          std::move(fallback));
    option.choices = std::move(choices);
    return option;
}

Option boolean(std::string key, std::string label, std::string help) {
    return field(OptionType::boolean, std::move(key), std::move(label), std::move(help), "false");
}

Option advanced(Option option) {
    option.advanced = true;
    return option;
}

Option portable(Option option) {
    option.portable = true;
    return option;
}

Option nullable(Option option) {
    option.nullable = true;
    return option;
}

Option explained(Option option, std::string formula, std::string source = "") {
    option.formula = std::move(formula);
    option.source = std::move(source);
    return option;
}

std::vector<std::string> names(const std::vector<Entry>& table) {
    std::vector<std::string> result;
    for (const Entry& entry : table)
        if (!entry.name.empty()) result.push_back(entry.name);
    return result;
}

using Options = std::vector<Option>;

Options generalOptions() {
    return {
        advanced(integer("format", "Format", "Version of the spec format.", "1", 1, 1)),
        field(OptionType::text, "name", "Name", "Title of the run; empty: made from the choices.",
              "\"\""),
        field(OptionType::text, "preset", "Preset", "Recipe the other fields start from.", "\"\""),
    };
}

Options datasetOptions() {
    return {
        choice("dataset.name", "Dataset", "What to learn.", "\"grammar\"", names(datasetEntries())),
        field(OptionType::path, "dataset.path", "File or folder",
              "A text file, or a folder whose text files are read in order of name.", "\"\""),
        choice("dataset.unit", "Symbols", "What one step reads.", "\"character\"",
               {"character", "word"}),
        real("dataset.train_share", "Training share", "Share of the text that trains.", "0.8", 0.01,
             0.98),
        real("dataset.valid_share", "Validation share",
             "Share of the text that validates; the rest is the test set.", "0.1", 0.01, 0.98),
        advanced(choice("dataset.vocabulary_from", "Vocabulary from",
                        "Symbols seen only outside the training part are unknown with `train`.",
                        "\"train\"", {"train", "all"})),
        advanced(integer("dataset.seed", "Data seed",
                         "Seed of generated data and of the pixel permutation.", "1", 0,
                         k_largestSeed)),
        advanced(integer("dataset.size", "Data size",
                         "Symbols (grammar) or sequences to generate; 0: the standard size.", "0",
                         0, 200e6)),
        advanced(integer("dataset.length", "Sequence length",
                         "Length of adding and copy sequences; 0: the standard length.", "0", 0,
                         10000, "steps")),
        boolean("dataset.permuted", "Permuted pixels",
                "Glyphs: read the pixels in one fixed random order."),
    };
}

Options modelOptions() {
    return {
        choice("model.cell", "Cell", "The recurrent cell.", "\"lstm\"", names(cellEntries())),
        integer("model.layers", "Layers", "Recurrent layers, one on top of the other.", "1", 1, 16),
        integer("model.hidden", "Hidden units", "Width H of every recurrent layer.", "128", 1,
                16384, "units"),
        integer("model.embedding", "Embedding", "Width of the token embedding; 0: one-hot input.",
                "0", 0, 16384, "units"),
        advanced(boolean("model.tied", "Tied embedding",
                         "The decoder is the embedding matrix (embedding = hidden).")),
        explained(
            real("model.dropout.input", "Dropout, input",
                 "Share of the inputs of the first layer set to zero in training.", "0", 0, 0.95),
            "x ⊙ m / (1 − p)", "Zaremba, Sutskever, Vinyals 2014"),
        advanced(real("model.dropout.between", "Dropout, between layers",
                      "Share of the values between layers set to zero in training.", "0", 0, 0.95)),
        real("model.dropout.output", "Dropout, output",
             "Share of the last layer's outputs set to zero in training.", "0", 0, 0.95),
        advanced(explained(
            choice("model.init.recurrent", "Recurrent start", "How the recurrent weights start.",
                   "\"uniform\"", {"uniform", "orthogonal_identity"}),
            "uniform: U(±1/√H); orthogonal_identity: orthogonal i, f, o and identity g")),
        advanced(real("model.init.forget_bias", "Forget bias",
                      "Start of the LSTM's forget-gate bias; 0 leaves the drawn one.", "0", -10,
                      10)),
        advanced(real("model.init.decoder_bound", "Decoder bound",
                      "Decoder and embedding weights start uniform in ± this.", "0.1", 1e-6, 10)),
        advanced(boolean("model.init.learnable_state", "Learnable start state",
                         "h₀ and c₀ are trained instead of zero.")),
        advanced(real("model.init.state_noise", "State noise",
                      "Deviation of the normal noise added to h₀ and c₀ in training.", "0", 0, 10)),
    };
}

Options quantizerOptions() {
    Option tensors = field(OptionType::choices, "quantizer.tensors", "Quantized tensors",
                           "Which matrices are quantized.", R"(["weight_ih","weight_hh"])");
    tensors.choices = {"weight_ih", "weight_hh", "encoder", "decoder"};
    return {
        nullable(choice("quantizer.method", "Quantizer",
                        "How the weights are rounded; null: full precision.", "null",
                        names(quantizerEntries()))),
        nullable(integer("quantizer.bits", "Bits",
                         "Bits a weight; null: the fewest the method has.", "null", 1, 8, "bits")),
        advanced(choice("quantizer.granularity", "Scale for each",
                        "What shares one scale: a gate, a row or the whole matrix.", "\"gate\"",
                        {"gate", "row", "matrix"})),
        advanced(tensors),
        advanced(real("quantizer.threshold", "Threshold",
                      "Factor of the zero zone; 0: the method's own (TWN 0.7, TTQ 0.05).", "0", 0,
                      10)),
        advanced(integer("quantizer.iterations", "Iterations",
                         "Rounds of alternating methods; 0: the method's own (10, alternating 2).",
                         "0", 0, 100)),
    };
}

Options normalizationOptions() {
    return {
        choice("normalization.method", "Normalization", "Where the products are rescaled.",
               "\"none\"", names(normalizationEntries())),
        advanced(explained(boolean("normalization.cell", "Normalize the cell",
                                   "Also normalize the cell state before the output gate."),
                           "h = σ(o) tanh(N(c))", "Cooijmans et al., ICLR 2017")),
        advanced(nullable(integer("normalization.max_steps", "Steps with own statistics",
                                  "Time steps with running statistics of their own; null: the "
                                  "window or the sequence length.",
                                  "null", 1, 100000, "steps"))),
        advanced(real("normalization.momentum", "Statistics momentum",
                      "Weight of the newest batch in the running statistics.", "0.1", 1e-6, 1)),
        advanced(real("normalization.epsilon", "ε", "Added to the variance under the root.",
                      "1e-05", 1e-12, 1)),
        advanced(
            real("normalization.gain", "Gain start", "Where the gains start.", "1", 1e-6, 100)),
        advanced(choice("normalization.gain_start", "Gains start at",
                        "Layer and batch: constant or uniform U(0, 1). Weight: latent (constant "
                        "means the same), the latent rows' norms, or independent, another draw's.",
                        "\"constant\"", {"constant", "uniform", "latent", "independent"})),
        advanced(boolean("normalization.true_average", "True average",
                         "Evaluate with the average of the statistics over all time steps.")),
    };
}

Options startOptions() {
    return {
        field(OptionType::path, "start.run", "Start from",
              "Run whose weights this one starts from: its folder, or its name in the same "
              "library; empty: drawn.",
              "\"\""),
        advanced(choice("start.at", "Start at", "Its best validated weights, or its last.",
                        "\"best\"", {"best", "last"})),
    };
}

Options optimizerOptions() {
    return {
        choice("training.optimizer", "Optimizer", "How gradients become steps.", "\"adam\"",
               names(optimizerEntries())),
        real("training.learning_rate", "Learning rate", "Size η of the steps.", "0.002", 1e-9,
             1000),
        advanced(real("training.momentum", "Momentum", "SGD: share of the last step kept.", "0", 0,
                      0.9999)),
        advanced(
            real("training.beta1", "β₁", "Adam: memory of the gradient's mean.", "0.9", 0, 0.9999)),
        advanced(real("training.beta2", "β₂", "Adam: memory of the gradient's square.", "0.999", 0,
                      0.999999)),
        advanced(real("training.epsilon", "Adam ε", "Adam: added to the root of the square.",
                      "1e-08", 1e-12, 1)),
        choice("training.schedule.method", "Schedule", "How the learning rate changes.",
               "\"constant\"", names(scheduleEntries())),
        advanced(integer("training.schedule.epoch", "From epoch",
                         "First epoch (counted from 0) that is multiplied.", "10", 0, 100000,
                         "epochs")),
        advanced(real("training.schedule.factor", "Factor",
                      "Exponential: a factor an epoch. Plateau: the factor applied.", "0.98", 1e-6,
                      1)),
        advanced(real("training.schedule.final", "Final rate",
                      "Geometric: learning rate of the last epoch.", "0.001", 1e-12, 1000)),
        integer("training.batch", "Batch", "Streams or sequences trained together.", "64", 1, 8192),
        portable(integer("training.window", "Window", "Time steps gradients travel back through.",
                         "100", 1, 10000, "steps")),
        explained(real("training.clip_norm", "Clip norm",
                       "Gradients are scaled when their global norm exceeds this; 0: never.", "5",
                       0, 1e9),
                  "g ← g · min(1, c/‖g‖)", "Pascanu, Mikolov, Bengio, ICML 2013"),
        portable(
            advanced(boolean("training.clip_latent", "Clip latent weights",
                             "Keep the full-precision weights inside [−1, 1] after each step."))),
        portable(advanced(real("training.latent_scale", "Latent rate",
                               "Learning-rate factor of the quantized weights.", "1", 1e-6, 1e6))),
    };
}

Options runOptions() {
    return {
        integer("training.epochs", "Epochs", "Passes over the training data.", "20", 1, 100000,
                "epochs"),
        nullable(integer("training.steps", "Steps",
                         "Ends the run early; 0: only evaluates the start; null: all epochs.",
                         "null", 0, 1e12, "steps")),
        integer("training.seed", "Seed", "Seed of the start, the order and the noise.", "1", 0,
                k_largestSeed),
        integer("training.threads", "Threads",
                "Processor threads; 1 makes a run reproducible to the bit.", "2", 1, 256),
        advanced(choice("training.precision", "Precision",
                        "Arithmetic of the matrix products; bf16 is 1.4 to 1.8 times as fast "
                        "and rounds what they multiply.",
                        "\"fp32\"", {"fp32", "bf16"})),
        advanced(explained(
            integer("training.recompute", "Recompute",
                    "Keeps the activations of so many time steps at once and computes the others "
                    "again on the way back: less memory, a quarter to a half more time, the same "
                    "results; 0: keeps the whole window.",
                    "0", 0, 10000, "steps"),
            "activations: T → N steps", "Chen, Xu, Zhang, Guestrin, arXiv:1604.06174")),
        advanced(integer("training.report_every", "Report every",
                         "Steps between points of a curve.", "1", 1, 1e9, "steps")),
        advanced(integer("training.validate_every", "Validate every",
                         "Steps between validations; 0: at the end of each epoch.", "0", 0, 1e12,
                         "steps")),
        advanced(integer("training.checkpoint_every", "Checkpoint every",
                         "Steps between checkpoints; 0: at each validation.", "0", 0, 1e12,
                         "steps")),
        advanced(integer("training.evaluation_batch", "Evaluation batch",
                         "Streams or sequences evaluated together; 0: as in training.", "0", 0,
                         8192)),
        advanced(integer("training.evaluation_limit", "Evaluation limit",
                         "Batches of a validation; 0: the whole split.", "0", 0, 1e9)),
        portable(advanced(integer("training.sample_length", "Sample length",
                                  "Symbols written by the network at each validation; 0: none.",
                                  "200", 0, 100000))),
    };
}

Options probeOptions() {
    Option groups =
        field(OptionType::choices, "probes.groups", "Measured",
              "What a probe measures beside the state gradients.",
              R"(["last_step","bounds","spectra","lyapunov","gains","statistics","weights"])");
    groups.choices = {"last_step", "bounds",     "spectra", "lyapunov",
                      "gains",     "statistics", "weights"};
    return {
        advanced(integer("probes.every", "Probe every",
                         "Steps between looks into the network (gradients by time step, bounds, "
                         "exponents, weights); 0: never.",
                         "98", 0, 1e9, "steps")),
        advanced(integer("probes.samples", "Probed samples",
                         "Sequences of the batch with curves and exponents of their own.", "4", 1,
                         64)),
        advanced(
            explained(integer("probes.exponents", "Lyapunov exponents",
                              "How many of the largest exponents a layer; 0: none.", "8", 0, 64),
                      "λᵢ = lim 1/T Σ log Rₜ(i, i)", "Benettin et al. 1980")),
        advanced(std::move(groups)),
    };
}

Options makeOptions() {
    Options all;
    for (const Options& part :
         {generalOptions(), datasetOptions(), modelOptions(), quantizerOptions(),
          normalizationOptions(), startOptions(), optimizerOptions(), runOptions(), probeOptions()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace

const std::vector<Option>& specOptions() {
    static const std::vector<Option> options = makeOptions();
    return options;
}

}  // namespace bitloom
