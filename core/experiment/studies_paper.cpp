#include <nlohmann/json.hpp>

#include "experiment/studies_build.h"

// What the paper shows: its figures, Table 1, and the rows it quantizes afterwards.

namespace bitloom::studies_build {
namespace {

using nlohmann::json;

Study figure1() {
    Study study;
    study.name = "paper/figure1";
    study.title = "Figure 1: λ₁ over training";
    study.group = "Paper";
    study.question =
        "How large is the bound λ₁ on the growth of the state gradient, and what does "
        "normalization make of it during training?";
    study.look =
        "In the paper λ₁ of BinaryConnect starts two orders of magnitude above full precision and "
        "stays there; with weight or layer normalization it starts low and grows as full precision "
        "does. The quick scale trains the paper's network for an eighth of an epoch.";
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
        "A gradient that explodes is a straight line on the logarithmic axis that rises towards "
        "the "
        "first time step; in the paper BinaryConnect's is one, and those of full precision and of "
        "the normalized networks are flat. BinaryConnect's published numbers are those of the "
        "start. The paper does not say at which iteration the others "
        "are; they are not those of an untrained network, so they stand beside the last probe.";
    study.quick = membersOf(fourOfTheFigures(), k_characters, shortRun(99, 33, 20));
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
        "In the paper the growth a step is smaller than on characters, about 1.4 against 2.6, and "
        "over 35 steps it still multiplies the gradient by five orders of magnitude.";
    study.quick = membersOf(fourOfTheFigures(), k_words, shortRun(198, 66, 10));
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
        "Whether the norm as drawn depends on the size, and how far above √d, which no matrix of "
        "signs can go below, the binarized ones are.";
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
        "The rows of Table 3 are quantized afterwards. What does each bit less cost, and how much "
        "of it does training quantized at two bits win back?";
    std::vector<Variant> variants = {{""}};
    for (const int bits : {2, 3, 4}) {
        const std::string word = std::to_string(bits);
        variants.push_back(
            {"alternating", "none",
             json{{"quantizer", {{"bits", bits}}}, {"training", {{"steps", 0}}}}.dump(),
             "alternating_" + word + "_afterwards", "Alternating " + word + " bit, afterwards",
             "full"});
    }
    variants.push_back({"alternating", "none", R"({"quantizer":{"bits":2}})",
                        "alternating_2_trained", "Alternating 2 bit, trained", ""});
    study.quick = membersOf(variants, k_words, atSize(shortRun(600, 100, 0), 300, 20, 35));
    study.paper = membersOf(variants, k_words, json::object());
    study.quantities = {StudyQuantity::result};
    return study;
}

}  // namespace

std::vector<Study> paperStudies() {
    return {figure1(), figure2(), figure3(), table1(), alternating()};
}

}  // namespace bitloom::studies_build
