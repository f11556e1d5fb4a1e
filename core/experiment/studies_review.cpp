#include <nlohmann/json.hpp>

#include "experiment/catalog.h"
#include "experiment/spec_json.h"
#include "experiment/studies_build.h"

// What the reviewers asked and the paper left open, and the story that walks through it.

namespace bitloom::studies_build {
namespace {

using nlohmann::json;

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
        "limit. If λ₁ is above 1 for networks that train well too, it does not decide.";
    const std::vector<Variant> variants = {{""},
                                           {"binary_connect"},
                                           {"binary_connect", "weight"},
                                           {"binary_connect", "layer"},
                                           {"binary_connect", "batch_shared"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(200, 20));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::gradientGrowth, StudyQuantity::lambda1,
                        StudyQuantity::tightness, StudyQuantity::lyapunov};
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
    const std::string afterwards = R"({"training":{"steps":0}})";
    const std::vector<Variant> variants = {
        {"", "weight"},
        {"binary_connect", "weight", afterwards, "afterwards",
         "BinaryConnect + weight norm, afterwards", "full_weight"},
        {"binary_connect", "weight", "{}", "finetuned", "BinaryConnect + weight norm, fine-tuned",
         "full_weight"},
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
    json glyphs = joined(shortRun(200, 50, 2), {{"dataset", {{"name", "glyphs"}, {"size", 2000}}},
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
        "A scale of the size of the weights should bring the spectral norm back near that of full "
        "precision. Compare where λ₁ starts, whether the gradient by time step is flat, and what "
        "weight normalization still adds to BWN.";
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
    study.quantities = {StudyQuantity::result, StudyQuantity::gradientGrowth,
                        StudyQuantity::lambda1, StudyQuantity::lyapunov};
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
    study.quantities = {StudyQuantity::result, StudyQuantity::gradientGrowth, StudyQuantity::layers,
                        StudyQuantity::tightness, StudyQuantity::lyapunov};
    return study;
}

Study multilayer() {
    Study study;
    study.name = "review/multilayer";
    study.title = "Two and three layers";
    study.group = "Review";
    study.question = "All published networks have one layer. Is a deeper one worse?";
    study.look =
        "Each layer has its own bound, growth and exponent, and the lower ones receive what the "
        "upper ones multiplied. Compare the layers of a network with each other, and "
        "BinaryConnect with and without normalization.";
    std::vector<Variant> variants;
    for (const char* cell : {"lstm", "gru"})
        for (const int layers : {2, 3})
            for (const Variant& each :
                 {Variant{""}, Variant{"binary_connect"}, Variant{"binary_connect", "layer"}}) {
                Variant& variant = variants.emplace_back(each);
                const std::string depth = std::to_string(layers);
                variant.fields = json{{"model", {{"cell", cell}, {"layers", layers}}}}.dump();
                const StudyMember plain = memberOf(each, "", json::object());
                variant.key = std::string(cell) + depth + "_" + plain.key;
                variant.label =
                    findEntry(cellEntries(), cell)->label + " × " + depth + ", " + plain.label;
            }
    study.quick = membersOf(variants, k_characters, atSize(shortRun(100, 20, 20), 64, 32, 100));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result, StudyQuantity::layers, StudyQuantity::tightness,
                        StudyQuantity::lyapunov};
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
        "Step by step: full precision; BinaryConnect and its gradient by time step; the spectral "
        "norm of signs, √d at least; what normalization divides by; and the reviewers' "
        "objections, bound against actual, a scaled quantizer, the GRU, depth.";
    const std::vector<Variant> variants = {
        {""},
        {"binary_connect"},
        {"binary_connect", "weight"},
        {"binary_connect", "layer"},
        {"binary_connect", "batch_shared"},
        {"twn"},
        {"binary_connect", "none", R"({"model":{"cell":"gru"}})", "gru_binary_connect",
         "GRU, BinaryConnect"},
        {"binary_connect", "layer", R"({"model":{"cell":"gru"}})", "gru_binary_connect_layer",
         "GRU, BinaryConnect + layer norm"},
        {"binary_connect", "none", R"({"model":{"layers":2}})", "deep_binary_connect",
         "2 layers, BinaryConnect"}};
    study.quick = membersOf(variants, k_characters, quickCharacters(250, 10));
    study.paper = membersOf(variants, k_characters, tenEpochs());
    study.quantities = {StudyQuantity::result,    StudyQuantity::gradientGrowth,
                        StudyQuantity::lambda1,   StudyQuantity::layers,
                        StudyQuantity::tightness, StudyQuantity::lyapunov};
    return study;
}

}  // namespace

std::vector<Study> reviewStudies() {
    return {lambda(), gain(), sharedBatchNorm(), scaledQuantizers(), gru(), multilayer(), story()};
}

}  // namespace bitloom::studies_build
