#include "experiment/post_training.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "experiment/catalog.h"
#include "experiment/run_folder.h"
#include "experiment/spec_json.h"

namespace bitloom {
namespace {

using nlohmann::json;

/// Whether this method knows an option ("quantizer.granularity").
bool uses(const std::string& method, const std::string& key) {
    const Entry* entry = findEntry(quantizerEntries(), method);
    return entry &&
           std::find(entry->options.begin(), entry->options.end(), key) != entry->options.end();
}

}  // namespace

std::string postTrainingSpec(const std::filesystem::path& run, const PostTraining& options) {
    json tree = json::parse(writeSpec(readRunSpec(run)));
    // Recipe and title were the trained run's; the fields stand complete without them.
    for (const char* key : {"preset", "name"}) tree.erase(key);
    const json* tensors = valueAt(tree, "quantizer.tensors");
    const json kept = tensors ? *tensors : json();
    tree["quantizer"] = nullptr;
    if (!options.method.empty()) {
        json quantizer = {{"method", options.method}};
        if (options.bits > 0) quantizer["bits"] = options.bits;
        if (options.granularity != "gate") quantizer["granularity"] = options.granularity;
        if (!kept.is_null()) quantizer["tensors"] = kept;
        tree["quantizer"] = std::move(quantizer);
    }
    tree["start"] = {{"run", utf8(std::filesystem::absolute(run).lexically_normal())},
                     {"at", options.at}};
    tree["training"]["steps"] = 0;
    std::vector<std::string> assignments;
    if (options.normalization != "stays")
        assignments.push_back("normalization.method=" + options.normalization);
    assignments.insert(assignments.end(), options.assignments.begin(), options.assignments.end());
    return assignments.empty() ? tree.dump() : setSpecFields(tree.dump(), assignments);
}

std::vector<PostTraining> everyMethod(const PostTraining& options) {
    std::vector<PostTraining> all;
    for (const Entry& entry : quantizerEntries()) {
        if (entry.name.empty()) continue;
        for (const int bits : entry.bits) {
            PostTraining& one = all.emplace_back(options);
            one.method = entry.name;
            one.bits = bits;
            if (!uses(one.method, "quantizer.granularity")) one.granularity = "gate";
        }
    }
    return all;
}

}  // namespace bitloom
