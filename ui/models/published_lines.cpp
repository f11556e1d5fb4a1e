#include "models/published_lines.h"

namespace bitloom::ui {
namespace {

bool isPlainLstm(const NetworkConfig& network, int hidden) {
    return network.cell == Cell::lstm && network.layers == 1 && network.hidden == hidden;
}

}  // namespace

const PublishedCurve* publishedLambdaOf(const Spec& spec) {
    if (spec.dataset.name != "ptb_char" || !isPlainLstm(spec.network, 512)) return nullptr;
    return findPublishedLambda1(spec.network.quantizer.method, spec.network.normalization.method);
}

const PublishedStateGradient* publishedGradientOf(const Spec& spec) {
    const std::string& data = spec.dataset.name;
    const bool published = (data == "ptb_char" && isPlainLstm(spec.network, 512)) ||
                           (data == "ptb_word" && isPlainLstm(spec.network, 300));
    if (!published) return nullptr;
    return findPublishedStateGradient(data, spec.network.quantizer.method,
                                      spec.network.normalization.method);
}

}  // namespace bitloom::ui
