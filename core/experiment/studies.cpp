#include "experiment/studies.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "experiment/catalog.h"
#include "experiment/spec_json.h"

// The table of studies. A study lists its variants once; the two scales are two recipes over them.

namespace bitloom {
namespace {

using nlohmann::json;

/// Quantizer and normalization of a member, and where its weights come from.
struct Variant {
    std::string quantizer;  ///< "" = full precision
    std::string normalization = "none";
    json fields = json::object();  ///< over the recipe
    std::string key = {};          ///< "" = made of the choices
    std::string label = {};        ///< "" = made of the choices
    std::string start = {};        ///< key of an earlier member
};

std::string labelIn(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : name;
}

std::string normWords(const std::string& method) {
    if (method == "none") return "";
    if (method == "batch_shared") return " + shared batch norm";
    if (method == "batch_separate") return " + per-step batch norm";
    return " + " + method + " norm";
}

/// The paper's own recipe of this very network where there is one: "PAPER/quantizer/norm". Words
/// with unscaled quantizers step their latent weights further, for example.
std::string presetFor(const std::string& preset, const Variant& variant) {
    std::string paper = preset;
    for (int i = 0; i < 2; ++i) paper = paper.substr(0, paper.rfind('/'));
    const std::string own = paper + "/" + (variant.quantizer.empty() ? "full" : variant.quantizer) +
                            "/" + variant.normalization;
    return findPreset(own) ? own : preset;
}

StudyMember memberOf(const Variant& variant, const std::string& preset, const json& recipe) {
    StudyMember member;
    member.key = variant.key;
    if (member.key.empty()) {
        member.key = variant.quantizer.empty() ? "full" : variant.quantizer;
        if (variant.normalization != "none") member.key += "_" + variant.normalization;
    }
    member.label = variant.label.empty() ? labelIn(quantizerEntries(), variant.quantizer) +
                                               normWords(variant.normalization)
                                         : variant.label;
    member.preset = presetFor(preset, variant);
    member.start = variant.start;
    json spec = recipe;
    spec["quantizer"] = nullptr;
    if (!variant.quantizer.empty()) spec["quantizer"] = {{"method", variant.quantizer}};
    spec["normalization"]["method"] = variant.normalization;
    // The paper's code starts weight-norm gains at the norms of an independent draw.
    if (variant.normalization == "weight") spec["normalization"]["gain_start"] = "independent";
    spec = joined(spec, variant.fields);
    member.spec = spec.dump();
    return member;
}

std::vector<StudyMember> membersOf(const std::vector<Variant>& variants, const std::string& preset,
                                   const json& recipe) {
    std::vector<StudyMember> members;
    for (const Variant& variant : variants) members.push_back(memberOf(variant, preset, recipe));
    return members;
}

/// Fields of a shorter training: so many steps, one validation at the end, probes so often.
json shortRun(int steps, int probes, int evaluationLimit) {
    return {{"training",
             {{"steps", steps},
              {"validate_every", steps},
              {"evaluation_limit", evaluationLimit},
              {"sample_length", 0}}},
            {"probes", {{"every", probes}}}};
}

json atSize(json recipe, int hidden, int batch, int window) {
    recipe["model"]["hidden"] = hidden;
    recipe["training"]["batch"] = batch;
    recipe["training"]["window"] = window;
    return recipe;
}

const std::string k_characters = "paper/ptb_char/full/none";
const std::string k_words = "paper/ptb_word_300/full/weight";

/// A character recipe of minutes: 128 units, windows long enough for gradients to explode.
json quickCharacters(int steps, int probes) {
    return atSize(shortRun(steps, probes, 20), 128, 32, 100);
}

/// Ten epochs, the length of the paper's Figure 1.
json tenEpochs() {
    return {{"training", {{"epochs", 10}}}, {"probes", {{"every", 98}}}};
}

std::vector<Variant> fourOfTheFigures() {
    return {{""}, {"binary_connect"}, {"binary_connect", "weight"}, {"binary_connect", "layer"}};
}

Study figure1() {
    Study study;
    study.name = "paper/figure1";
    study.title = "Figure 1: λ₁ over training";
    study.group = "Paper";
    study.question =
        "How large is the bound λ₁ on the growth of the state gradient, and what does "
        "normalization make of it during training?";
    study.look =
        "λ₁ of BinaryConnect starts two orders of magnitude above full precision and stays there; "
        "with weight or layer normalization it starts low and grows as full precision does. The "
        "quick scale trains the paper's network for an eighth of an epoch.";
    study.quick = membersOf(fourOfTheFigures(), k_characters, shortRun(99, 11, 20));
    study.paper = membersOf(fourOfTheFigures(), k_characters, tenEpochs());
    study.quantities = {StudyQuantity::lambda1};
    return study;
}

Study figure2() {
    Study study;
    study.name = "paper/figure2";
    study.title = "Figure 2: gradient by time step, characters";
    study.group = "Paper";
    study.question =
        "Does the gradient of the loss with respect to the hidden state explode on its way back "
        "through 100 time steps?";
    study.look =
        "On the logarithmic axis BinaryConnect is a straight line that rises towards the first "
        "time step; full precision and the normalized networks are flat. The published numbers are "
        "those of the first iteration.";
    study.quick = membersOf(fourOfTheFigures(), k_characters, shortRun(11, 11, 20));
    study.paper = membersOf(fourOfTheFigures(), k_characters,
                            {{"training", {{"epochs", 1}}}, {"probes", {{"every", 98}}}});
    study.quantities = {StudyQuantity::gradientMedian, StudyQuantity::gradientLastStep,
                        StudyQuantity::gradientGrowth};
    return study;
}

Study figure3() {
    Study study;
    study.name = "paper/figure3";
    study.title = "Figure 3: gradient by time step, words";
    study.group = "Paper";
    study.question = "Is it the same on words, with 300 units, an embedding and 35 time steps?";
    study.look =
        "The growth a step is smaller than on characters, about 1.4 against 2.6 in the paper, and "
        "over 35 steps it still multiplies the gradient by five orders of magnitude.";
    study.quick = membersOf(fourOfTheFigures(), k_words, shortRun(20, 10, 10));
    study.paper = membersOf(fourOfTheFigures(), k_words,
                            {{"training", {{"epochs", 1}}}, {"probes", {{"every", 133}}}});
    study.quantities = {StudyQuantity::gradientMedian, StudyQuantity::gradientLastStep,
                        StudyQuantity::gradientGrowth};
    return study;
}

Study table1() {
    Study study;
    study.name = "paper/table1";
    study.title = "Table 1: spectral norms of random matrices";
    study.group = "Paper";
    study.question =
        "How much larger is the spectral norm of a matrix of signs than that of the matrix it "
        "was made from?";
    study.look =
        "A matrix as drawn has a norm that does not depend on its size; a matrix of signs never "
        "has less than √d, its floor, and in fact about 2√d.";
    study.quickSizes = {512, 1024};
    study.quickSeeds = 3;
    study.paperSizes = {512, 1024, 2048};
    study.paperSeeds = 10;
    return study;
}

Study alternating() {
    Study study;
    study.name = "paper/ptb_word_300/alternating";
    study.title = "Alternating quantization after training";
    study.group = "Paper";
    study.question =
        "What does a trained full-precision network lose when it is quantized afterwards, without "
        "a step of training, and what does training quantized gain over that?";
    study.look =
        "The rows of Table 3 are quantized afterwards. Fewer bits cost more; training quantized at "
        "two bits wins most of it back.";
    std::vector<Variant> variants = {{""}};
    for (const int bits : {2, 3, 4}) {
        const std::string word = std::to_string(bits);
        variants.push_back({"alternating",
                            "none",
                            {{"quantizer", {{"bits", bits}}}, {"training", {{"steps", 0}}}},
                            "alternating_" + word + "_afterwards",
                            "Alternating " + word + " bit, afterwards",
                            "full"});
    }
    variants.push_back({"alternating",
                        "none",
                        {{"quantizer", {{"bits", 2}}}},
                        "alternating_2_trained",
                        "Alternating 2 bit, trained",
                        ""});
    study.quick = membersOf(variants, k_words, atSize(shortRun(600, 100, 0), 300, 20, 35));
    study.paper = membersOf(variants, k_words, json::object());
    study.quantities = {StudyQuantity::result};
    return study;
}

Study lambda() {
    Study study;
    study.name = "review/lambda";
    study.title = "Bound against actual";
    study.group = "Review";
    study.question =
        "λ₁ only bounds the gradient and is neither necessary nor sufficient for it to explode. "
        "How near does the gradient come, and what does explode?";
    study.look =
        "Tightness is the gradient over its bound: far below 1 means the bound says little. The "
        "largest Lyapunov exponent is the direct criterion: above zero, gradients grow without "
        "limit. λ₁ is above 1 for every network here, also for those that train well.";
    const std::vector<Variant> variants = {{""},
                                           {"binary_connect"},
                                           {"binary_connect", "weight"},
                                           {"binary_connect", "layer"},
                                           {"binary_connect", "batch_shared"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(200, 20));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::lambda1, StudyQuantity::tightness, StudyQuantity::lyapunov};
    return study;
}

Study gain() {
    Study study;
    study.name = "review/gain";
    study.title = "What the gains do";
    study.group = "Review";
    study.question =
        "Weight normalization bounds λ₁ only if its gains stay small. How do the gains move, and "
        "what does quantizing do to them, afterwards and during training?";
    study.look =
        "λ₁ with the gains held at their start, beside λ₁ itself, is what the gains alone add. "
        "The run that starts from trained weights shows the network just quantized at its first "
        "probe, and then its fine-tuning.";
    const json afterwards = {{"training", {{"steps", 0}}}};
    const std::vector<Variant> variants = {
        {"", "weight"},
        {"binary_connect", "weight", afterwards, "afterwards",
         "BinaryConnect + weight norm, afterwards", "full_weight"},
        {"binary_connect", "weight", json::object(), "finetuned",
         "BinaryConnect + weight norm, fine-tuned", "full_weight"},
        {"binary_connect", "weight"},
        {"binary_connect", "layer"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(200, 20));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result, StudyQuantity::lambda1};
    return study;
}

Study sharedBatchNorm() {
    Study study;
    study.name = "review/shared_batch_norm";
    study.title = "Why shared statistics fail on pixels";
    study.group = "Review";
    study.question =
        "Sequential MNIST with batch statistics shared by all time steps ends near 20% accuracy in "
        "the paper, 35% with permuted pixels. Does training fail, or evaluation?";
    study.look =
        "Compare the four test accuracies of the shared networks: running statistics, the batch's "
        "own, those of each time step, and a true average over all steps. If the batch's own are "
        "far better, training has worked. The statistics over time steps show why: what the "
        "running ones remember is the last few steps of the image, black border pixels with hardly "
        "any variance. Permuted pixels have no border.";
    const std::vector<Variant> shared = {{"", "batch_shared"}, {"binary_connect", "batch_shared"}};
    const std::vector<Variant> separate = {{"binary_connect", "batch_separate"}};
    const auto add = [&](std::vector<StudyMember>& members, const std::vector<Variant>& variants,
                         const std::string& preset, const json& recipe, const std::string& suffix,
                         const std::string& words) {
        for (StudyMember member : membersOf(variants, preset, recipe)) {
            member.key += suffix;
            member.label += words;
            members.push_back(std::move(member));
        }
    };
    const std::string preset = "paper/sequential_mnist/binary_connect/batch_shared";
    json glyphs = joined(shortRun(60, 20, 2), {{"dataset", {{"name", "glyphs"}, {"size", 2000}}},
                                               {"training", {{"batch", 50}}},
                                               {"model", {{"hidden", 50}}}});
    const json order = {{"dataset", {{"permuted", true}}}};
    add(study.quick, shared, preset, glyphs, "", ", in order");
    add(study.quick, separate, preset, glyphs, "", ", in order");
    add(study.quick, shared, preset, joined(glyphs, order), "_permuted", ", permuted");
    const json hour = {
        {"training", {{"steps", 2000}, {"validate_every", 500}, {"evaluation_limit", 20}}},
        {"probes", {{"every", 100}}}};
    const std::string permuted = "paper/permuted_mnist/binary_connect/batch_shared";
    add(study.paper, shared, preset, hour, "", ", in order");
    add(study.paper, separate, preset, hour, "", ", in order");
    add(study.paper, shared, permuted, hour, "_permuted", ", permuted");
    study.quantities = {StudyQuantity::statistics};
    return study;
}

Study scaledQuantizers() {
    Study study;
    study.name = "review/scaled_quantizers";
    study.title = "Quantizers with a scale";
    study.group = "Review";
    study.question =
        "BinaryConnect and TerConnect explode because their levels are ±1. Do quantizers that "
        "carry a scale of their own need normalization at all?";
    study.look =
        "A scale of the size of the weights brings the spectral norm back near that of full "
        "precision: λ₁ starts near full precision and the gradient by time step is flat. What "
        "weight normalization adds to BWN is the rest.";
    const std::vector<Variant> variants = {{""},
                                           {"binary_connect"},
                                           {"bwn"},
                                           {"lab"},
                                           {"ter_connect"},
                                           {"twn"},
                                           {"ttq"},
                                           {"lat_approximate"},
                                           {"bwn", "weight"},
                                           {"binary_connect", "weight"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(120, 20));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result, StudyQuantity::lambda1, StudyQuantity::lyapunov};
    return study;
}

Study gru() {
    Study study;
    study.name = "review/gru";
    study.title = "The same with a GRU";
    study.group = "Review";
    study.question = "The analysis is of the LSTM. Does a quantized GRU explode too?";
    study.look =
        "A bound of the same kind holds for the GRU; the gradient by time step and the Lyapunov "
        "exponent do not depend on any bound.";
    const std::vector<Variant> variants = {{""},
                                           {"binary_connect"},
                                           {"binary_connect", "weight"},
                                           {"binary_connect", "layer"},
                                           {"twn"}};
    const json cell = {{"model", {{"cell", "gru"}}}};
    study.quick = membersOf(variants, k_characters, joined(quickCharacters(200, 20), cell));
    study.paper = membersOf(variants, k_characters, joined(tenEpochs(), cell));
    study.quantities = {StudyQuantity::tightness, StudyQuantity::lyapunov};
    return study;
}

Study multilayer() {
    Study study;
    study.name = "review/multilayer";
    study.title = "Two and three layers";
    study.group = "Review";
    study.question = "All published networks have one layer. Is a deeper one worse?";
    study.look =
        "One curve a layer: each layer has its own bound, growth and exponent. Without "
        "normalization every layer explodes, and the lower ones receive what the upper ones "
        "multiplied.";
    std::vector<Variant> variants;
    for (const char* cell : {"lstm", "gru"})
        for (const int layers : {2, 3})
            for (const Variant& each :
                 {Variant{""}, Variant{"binary_connect"}, Variant{"binary_connect", "layer"}}) {
                Variant& variant = variants.emplace_back(each);
                const std::string depth = std::to_string(layers);
                variant.fields = {{"model", {{"cell", cell}, {"layers", layers}}}};
                const StudyMember plain = memberOf(each, "", json::object());
                variant.key = std::string(cell) + depth + "_" + plain.key;
                variant.label = labelIn(cellEntries(), cell) + " × " + depth + ", " + plain.label;
            }
    study.quick = membersOf(variants, k_characters, atSize(shortRun(100, 20, 20), 64, 32, 100));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result, StudyQuantity::tightness, StudyQuantity::lyapunov};
    return study;
}

Study story() {
    Study study;
    study.name = "story/why_it_explodes";
    study.title = "Why it explodes";
    study.group = "Story";
    study.question =
        "Why does an LSTM with weights of one bit fail to train, and what does normalization do "
        "about it?";
    study.look =
        "Step by step: full precision learns; BinaryConnect does not, its gradient doubles with "
        "every step back; signs have a spectral norm of √d at least; normalization divides by what "
        "the signs multiply; and the reviewers' objections, bound against actual, a scaled "
        "quantizer, the GRU, depth.";
    const std::vector<Variant> variants = {{""},
                                           {"binary_connect"},
                                           {"binary_connect", "weight"},
                                           {"binary_connect", "layer"},
                                           {"binary_connect", "batch_shared"},
                                           {"twn"},
                                           {"binary_connect",
                                            "none",
                                            {{"model", {{"cell", "gru"}}}},
                                            "gru_binary_connect",
                                            "GRU, BinaryConnect"},
                                           {"binary_connect",
                                            "layer",
                                            {{"model", {{"cell", "gru"}}}},
                                            "gru_binary_connect_layer",
                                            "GRU, BinaryConnect + layer norm"},
                                           {"binary_connect",
                                            "none",
                                            {{"model", {{"layers", 2}}}},
                                            "deep_binary_connect",
                                            "2 layers, BinaryConnect"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(250, 10));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result, StudyQuantity::lambda1, StudyQuantity::tightness,
                        StudyQuantity::lyapunov};
    return study;
}

}  // namespace

std::string toString(StudyScale scale) {
    return scale == StudyScale::quick ? "quick" : "paper";
}

const std::vector<Study>& studies() {
    static const std::vector<Study> table = {
        figure1(), figure2(),         figure3(),          table1(), alternating(), lambda(),
        gain(),    sharedBatchNorm(), scaledQuantizers(), gru(),    multilayer(),  story()};
    return table;
}

const Study* findStudy(std::string_view name) {
    const auto& table = studies();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const Study& s) { return s.name == name; });
    return found == table.end() ? nullptr : &*found;
}

}  // namespace bitloom
