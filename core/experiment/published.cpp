#include "experiment/published.h"

#include "experiment/catalog.h"

namespace bitloom {

bool PublishedResult::quantizesInput() const {
    return table != 4 || normalizesCell();
}

std::string_view PublishedResult::metric() const {
    return table == 2 ? "bits_per_character" : table == 3 ? "perplexity" : "accuracy";
}

std::string PublishedResult::label() const {
    const auto named = [](const std::vector<Entry>& entries, std::string_view name) {
        const Entry* entry = findEntry(entries, name);
        return entry ? entry->label : std::string(name);
    };
    std::string text = "Table " + std::to_string(table) + ", " + named(datasetEntries(), dataset) +
                       ", " + std::to_string(hidden) +
                       " units: " + named(quantizerEntries(), quantizer);
    if (postTraining()) text += " " + std::to_string(bits) + " bit";
    if (normalization != "none") text += " + " + std::string(normalization);
    return text;
}

const PublishedResult* findPublished(const Spec& spec) {
    const NetworkConfig& network = spec.network;
    if (network.cell != Cell::lstm || network.layers != 1 || !spec.publishedData) return nullptr;
    const bool full = network.quantizer.method.empty();
    for (const PublishedResult& row : publishedResults()) {
        if (row.dataset != spec.dataset.name || row.hidden != network.hidden ||
            row.quantizer != network.quantizer.method ||
            row.normalization != network.normalization.method ||
            row.normalizesCell() != network.normalization.cell)
            continue;
        const bool afterwards = !spec.start.run.empty() && spec.training.steps == 0;
        if (!full && row.postTraining() != afterwards) continue;
        if (full) return &row;
        if (row.bits == network.quantizer.bits &&
            row.quantizesInput() == network.quantizer.weightIh && network.quantizer.weightHh)
            return &row;
    }
    return nullptr;
}

}  // namespace bitloom
