#include "pages/story_steps.h"

#include <QCoreApplication>

#include "pages/story_findings.h"

namespace bitloom::ui {
namespace {

QString tr(const char* words) {
    return QCoreApplication::translate("Story", words);
}

StoryStep fullPrecision() {
    return {
        tr("In full precision"),
        {{{},
          tr("An LSTM with 32-bit weights is the reference. It reads text and predicts the next "
             "character; the error of every time step travels back through all steps before it. "
             "Watch whether the loss falls, and how large the gradient still is at each time "
             "step."),
          {"full"},
          {ProbeKind::loss, ProbeKind::profile, ProbeKind::lastStep, ProbeKind::growth},
          2,
          false,
          findings::training}}};
}

StoryStep binaryConnect() {
    return {
        tr("One bit a weight"),
        {{{},
          tr("BinaryConnect keeps the same weights but multiplies with their signs. Nothing else "
             "is different: same text, same start, same optimizer. The two lower charts show the "
             "networks before any training."),
          {"full", "binary_connect"},
          {ProbeKind::loss, ProbeKind::growth, ProbeKind::profile, ProbeKind::lastStep},
          2,
          true,
          findings::explosion}}};
}

StoryStep spectralFloor() {
    return {
        tr("The floor under the norm"),
        {{{},
          tr("Going back one time step multiplies the gradient by the four matrices of the state. "
             "How much that can be is their spectral norm, and a d × d matrix of ±1 has one of at "
             "least √d, whatever its signs are: its d² entries of size 1 have to go somewhere. No "
             "training can bring it below that floor."),
          {"full", "binary_connect", "twn"},
          {ProbeKind::norms, ProbeKind::quantized, ProbeKind::lambda, ProbeKind::growth},
          2,
          false,
          findings::floor}}};
}

StoryStep normalization() {
    return {
        tr("Normalization"),
        {{{},
          tr("Weight norm scales every row of the signs back to a learnt length, layer and batch "
             "norm divide what the signs multiplied by its deviation. The weights are the same "
             "single bits."),
          {"binary_connect", "binary_connect_weight", "binary_connect_layer",
           "binary_connect_batch_shared", "full"},
          {ProbeKind::loss, ProbeKind::lambda, ProbeKind::lastStep, ProbeKind::growth},
          2,
          true,
          findings::normalization}}};
}

StoryStep objections() {
    const std::vector<std::string> norms{"full", "binary_connect", "binary_connect_weight",
                                         "binary_connect_layer", "binary_connect_batch_shared"};
    return {
        tr("The objections"),
        {{tr("Bound"),
          tr("The paper argues with an upper bound, λ₁. A reviewer: it is neither necessary nor "
             "sufficient. So the gradient is held against its bound at every time step."),
          norms,
          {ProbeKind::lambda, ProbeKind::growth, ProbeKind::tightness},
          2,
          false,
          findings::bound},
         {tr("Lyapunov"),
          tr("What decides is the first Lyapunov exponent of the state: gradients through time "
             "explode in the long run exactly when it is above 0. It is measured by following "
             "tangent vectors along the text."),
          norms,
          {ProbeKind::lyapunov, ProbeKind::growth},
          1,
          false,
          findings::lyapunov},
         {tr("Gains"),
          tr("Normalization has gains, and gains can grow: do they bring λ₁ back? The lower chart "
             "shows λ₁ with the gains held where they started."),
          {"binary_connect_weight", "binary_connect_layer", "binary_connect_batch_shared"},
          {ProbeKind::gains, ProbeKind::lambda, ProbeKind::frozen},
          2,
          false,
          findings::gains},
         {tr("GRU"),
          tr("The analysis in the paper is of the LSTM. The same measurements on a GRU, with and "
             "without layer norm."),
          {"gru_binary_connect", "gru_binary_connect_layer"},
          {ProbeKind::loss, ProbeKind::lyapunov, ProbeKind::lastStep, ProbeKind::growth},
          2,
          true,
          findings::compareEach},
         {tr("Depth"),
          tr("Two layers instead of one. What reaches the lower layer has come through both."),
          {"binary_connect", "deep_binary_connect"},
          {ProbeKind::loss, ProbeKind::lyapunov, ProbeKind::lastStep, ProbeKind::growth},
          2,
          true,
          findings::compareEach},
         {tr("A scale"),
          tr("Quantizers with a scale of their own multiply by ±a instead of ±1. TWN is one; it "
             "has "
             "no normalization here."),
          {"full", "twn", "binary_connect"},
          {ProbeKind::loss, ProbeKind::norms, ProbeKind::lyapunov, ProbeKind::growth},
          2,
          false,
          findings::compareEach}}};
}

}  // namespace

std::vector<StoryStep> storySteps() {
    return {fullPrecision(), binaryConnect(), spectralFloor(), normalization(), objections()};
}

}  // namespace bitloom::ui
