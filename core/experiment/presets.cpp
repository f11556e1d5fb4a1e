#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "experiment/catalog.h"
#include "experiment/published.h"
#include "experiment/start.h"

// Recipes to start from. The paper's come from the table of published results: one preset a row.

namespace bitloom {
namespace {

using nlohmann::json;

std::string labelOf(const std::vector<Entry>& table, std::string_view name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : std::string(name);
}

std::string printed(const PublishedResult& row) {
    if (!row.value) return "the loss became NaN";
    char text[60];
    if (row.table == 2)
        std::snprintf(text, sizeof text, "%.2f bits per character", *row.value);
    else if (row.table == 3)
        std::snprintf(text, sizeof text, "perplexity %.1f", *row.value);
    else
        std::snprintf(text, sizeof text, "%.1f %% test accuracy", 100 * *row.value);
    return text;
}

/// methods.md section 7, character language models.
json characterRecipe(const PublishedResult& row) {
    return {{"model", {{"cell", "lstm"}, {"layers", 1}, {"hidden", row.hidden}, {"embedding", 0}}},
            {"training",
             {{"optimizer", "adam"},
              {"learning_rate", 0.002},
              {"schedule", {{"method", "exponential_after"}, {"epoch", 10}, {"factor", 0.98}}},
              {"batch", 64},
              {"window", row.dataset == "text8" ? 180 : 100},
              {"clip_norm", 5},
              {"epochs", 200}}}};
}

/// Word language models. Unscaled quantizers step their latent weights 2 √H times as far.
json wordRecipe(const PublishedResult& row) {
    json recipe = {{"model",
                    {{"cell", "lstm"},
                     {"layers", 1},
                     {"hidden", row.hidden},
                     {"embedding", row.hidden},
                     {"dropout", {{"input", 0.5}, {"output", 0.5}}}}},
                   {"training",
                    {{"optimizer", "sgd"},
                     {"learning_rate", 20},
                     {"schedule", {{"method", "divide_on_plateau"}, {"factor", 0.25}}},
                     {"batch", 20},
                     {"window", 35},
                     {"clip_norm", 0.25},
                     {"epochs", 120}}}};
    if (row.quantizer == "binary_connect" || row.quantizer == "ter_connect")
        recipe["training"]["latent_scale"] = 2 * std::sqrt(static_cast<double>(row.hidden));
    return recipe;
}

/// Pixel sequences: initial state learnt and noisy where layer or batch norm would divide by
/// nothing.
json pixelRecipe(const PublishedResult& row) {
    json recipe = {{"model",
                    {{"cell", "lstm"},
                     {"layers", 1},
                     {"hidden", row.hidden},
                     {"init", {{"recurrent", "orthogonal_identity"}, {"forget_bias", 1}}}}},
                   {"training",
                    {{"optimizer", "adam"},
                     {"learning_rate", 0.002},
                     {"schedule", {{"method", "geometric"}, {"final", 0.001}}},
                     {"batch", 100},
                     {"clip_norm", 1},
                     {"epochs", 200}}}};
    if (row.normalization == "layer" || row.normalization.starts_with("batch")) {
        recipe["model"]["init"]["learnable_state"] = true;
        recipe["model"]["init"]["state_noise"] = 0.1;
    }
    return recipe;
}

json recipeOf(const PublishedResult& row) {
    json recipe = row.table == 2   ? characterRecipe(row)
                  : row.table == 3 ? wordRecipe(row)
                                   : pixelRecipe(row);
    recipe["dataset"]["name"] = row.dataset;
    json& norm = recipe["normalization"];
    norm["method"] = row.normalization;
    const bool batch = row.normalization.starts_with("batch");
    if (row.normalizesCell()) {
        norm["cell"] = true;
        norm["gain"] = 0.1;
        recipe["model"]["init"]["forget_bias"] = 1;
    } else if (batch && row.table == 4) {
        norm["gain"] = 0.1;  // Cooijmans et al. and the paper on pixels
    } else if (row.normalization == "weight") {
        // As the paper's code. On pixels the signs of an identity are all +1, and gains started at
        // the latent rows' norms make the first gradient infinite.
        norm["gain_start"] = "independent";
    }
    if (row.quantizer.empty()) {
        recipe["quantizer"] = nullptr;
    } else {
        json tensors = json::array({"weight_hh"});
        if (row.quantizesInput()) tensors = {"weight_ih", "weight_hh"};
        recipe["quantizer"] = {{"method", row.quantizer}, {"bits", row.bits}, {"tensors", tensors}};
    }
    if (row.postTraining()) recipe["training"]["steps"] = 0;
    return recipe;
}

/// ptb_word has two widths and alternating three bit-widths: they are part of the name.
std::string presetName(const PublishedResult& row) {
    std::string name = "paper/" + std::string(row.dataset);
    if (row.dataset == "ptb_word") name += "_" + std::to_string(row.hidden);
    name += "/" + (row.quantizer.empty() ? std::string("full") : std::string(row.quantizer));
    if (row.postTraining()) name += "_" + std::to_string(row.bits);
    return name + "/" + std::string(row.normalization);
}

/// The recipe whose trained networks a row quantizes afterwards. The tables have no row of it.
std::string trainedPresetName(const PublishedResult& row) {
    return "start/" + std::string(row.dataset) + "_" + std::to_string(row.hidden) + "/full";
}

Preset trainedPresetOf(PublishedResult row) {
    Preset preset;
    preset.name = trainedPresetName(row);
    preset.label = "Full precision, to quantize afterwards";
    preset.summary =
        "The network the alternating rows of Table 3 quantize; the paper prints no result of it";
    preset.group = "Paper: " + labelOf(datasetEntries(), row.dataset) + ", " +
                   std::to_string(row.hidden) + " units";
    row.quantizer = "";
    preset.spec = recipeOf(row).dump();
    return preset;
}

Preset paperPreset(const PublishedResult& row) {
    Preset preset;
    preset.name = presetName(row);
    preset.label = labelOf(quantizerEntries(), row.quantizer);
    if (row.postTraining()) preset.label += " " + std::to_string(row.bits) + " bit";
    if (row.normalization != "none")
        preset.label += " + " + labelOf(normalizationEntries(), row.normalization);
    preset.summary = "Published: " + printed(row) + " (Table " + std::to_string(row.table) + ")";
    if (row.postTraining())
        preset.summary +=
            ". Quantizes a trained network and makes no step of training, as the paper did: start "
            "it from a run of " +
            trainedPresetName(row);
    preset.group = "Paper: " + labelOf(datasetEntries(), row.dataset);
    if (row.dataset == "ptb_word") preset.group += ", " + std::to_string(row.hidden) + " units";
    preset.spec = recipeOf(row).dump();
    return preset;
}

/// A short recipe in a few shapes: what differs between them is quantizer and normalization.
struct Variant {
    const char* name;
    const char* label;
    const char* quantizer;  // "" = full precision
    const char* normalization;
    const char* summary;
};

json variantSpec(const Variant& variant, json recipe) {
    recipe["quantizer"] = nullptr;
    if (*variant.quantizer) recipe["quantizer"] = {{"method", variant.quantizer}};
    recipe["normalization"]["method"] = variant.normalization;
    return recipe;
}

void addDemos(std::vector<Preset>& table) {
    const json recipe = {{"dataset", {{"name", "grammar"}}},
                         {"model", {{"hidden", 96}}},
                         {"training",
                          {{"learning_rate", 0.002},
                           {"batch", 32},
                           {"window", 75},
                           {"clip_norm", 5},
                           {"epochs", 4},
                           {"validate_every", 50},
                           {"steps", 600}}},
                         {"probes", {{"every", 50}}}};
    const Variant variants[] = {
        {"full", "Demo: full precision", "", "none", "The reference: 32-bit weights."},
        {"binary_connect", "Demo: BinaryConnect", "binary_connect", "none",
         "One bit a weight and nothing against exploding gradients: it fails."},
        {"binary_connect_layer", "Demo: BinaryConnect + layer norm", "binary_connect", "layer",
         "One bit a weight with layer normalization: it learns as full precision does."}};
    for (const Variant& variant : variants)
        table.push_back({"demo/" + std::string(variant.name), variant.label, variant.summary,
                         "Demo", variantSpec(variant, recipe).dump()});
}

void addQuick(std::vector<Preset>& table) {
    const Variant variants[] = {
        {"full", "Full precision", "", "none", "about 3.08"},
        {"binary_connect", "BinaryConnect", "binary_connect", "none", "fails"},
        {"binary_connect_weight", "BinaryConnect + weight", "binary_connect", "weight",
         "about 3.39"},
        {"binary_connect_layer", "BinaryConnect + layer", "binary_connect", "layer", "about 2.63"},
        {"binary_connect_batch_shared", "BinaryConnect + batch, shared", "binary_connect",
         "batch_shared", "about 2.64"},
        {"ter_connect_weight", "TerConnect + weight", "ter_connect", "weight", "about 3.27"}};
    const json recipe = {{"dataset", {{"name", "ptb_char"}}},
                         {"model", {{"hidden", 128}}},
                         {"training",
                          {{"learning_rate", 0.002},
                           {"batch", 32},
                           {"window", 100},
                           {"clip_norm", 5},
                           {"epochs", 1},
                           {"steps", 300},
                           {"validate_every", 300}}}};
    for (const Variant& variant : variants)
        table.push_back({"quick/ptb_char/" + std::string(variant.name), variant.label,
                         std::string("300 steps at 128 units; validation bits per character: ") +
                             variant.summary,
                         "Quick: Penn Treebank, characters", variantSpec(variant, recipe).dump()});
}

void addQuickPixels(std::vector<Preset>& table) {
    for (const std::string_view norm :
         {"none", "weight", "layer", "batch_shared", "batch_separate"}) {
        PublishedResult row{4, "sequential_mnist", 100, "binary_connect", 1, norm, {}, 0, false};
        json recipe = recipeOf(row);
        // The whole recipe but shorter; validation on a part so that it does not eat the time.
        recipe["training"]["epochs"] = 5;
        recipe["training"]["validate_every"] = 100;
        recipe["training"]["evaluation_limit"] = 20;
        Preset preset;
        preset.name = "quick/sequential_mnist/binary_connect_" + std::string(norm);
        preset.label = "BinaryConnect";
        if (norm != "none") preset.label += " + " + labelOf(normalizationEntries(), norm);
        preset.summary = "The paper's recipe with 100 units, 5 epochs";
        preset.group = "Quick: Sequential MNIST";
        preset.spec = recipe.dump();
        table.push_back(preset);
    }
}

std::vector<Preset> makePresets() {
    std::vector<Preset> table;
    addDemos(table);
    addQuick(table);
    addQuickPixels(table);
    for (const PublishedResult& row : publishedResults()) {
        const auto same = [&](const Preset& known) { return known.name == trainedPresetName(row); };
        if (row.postTraining() && std::none_of(table.begin(), table.end(), same))
            table.push_back(trainedPresetOf(row));
        table.push_back(paperPreset(row));
    }
    return table;
}

}  // namespace

std::string trainedPreset(std::string_view preset) {
    for (const PublishedResult& row : publishedResults())
        if (row.postTraining() && presetName(row) == preset) return trainedPresetName(row);
    return {};
}

const std::vector<Preset>& presets() {
    static const std::vector<Preset> table = makePresets();
    return table;
}

}  // namespace bitloom
