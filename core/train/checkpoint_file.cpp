#include "train/checkpoint_file.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {

namespace {

/// Of the tensors' own sums, in the order of names, which a reader knows as well.
std::string digestOf(const std::map<std::string, std::string>& sums,
                     const TensorMetadata& metadata) {
    std::string text;
    for (const auto& [name, sum] : sums) text += name + "=" + sum + "\n";
    for (const auto& [key, value] : metadata)
        if (key != "digest") text += key + ":" + sha256(value) + "\n";
    return sha256(text);
}

}  // namespace

std::string weightsDigest(const std::vector<TensorToWrite>& tensors,
                          const TensorMetadata& metadata) {
    std::map<std::string, std::string> sums;
    for (const TensorToWrite& tensor : tensors)
        sums[tensor.name] = sha256(
            {reinterpret_cast<const char*>(tensor.values.data()), tensor.values.size_bytes()});
    return digestOf(sums, metadata);
}

Safetensors openWeights(const std::filesystem::path& path) {
    Safetensors file = Safetensors::read(path);
    std::map<std::string, std::string> sums;
    for (const Safetensors::Tensor& tensor : file.tensors()) {
        if (tensor.dtype != "F32")
            throw InputError(file.where(), tensor.name, "expected type F32, found " + tensor.dtype);
        sums[tensor.name] = sha256(file.bytes(tensor));
    }
    if (file.metadata("digest") != digestOf(sums, file.metadata()))
        throw InputError(file.where(), {}, "is damaged: its digest does not fit its content");
    return file;
}

std::string momentPrefix(const Safetensors& file, std::int64_t step) {
    const bool ofNothing = step == 0 && file.metadata().contains("training");
    for (const std::string& prefix : {k_startMoment, k_secondMoment, std::string("adam.v/")}) {
        if (ofNothing && prefix != k_startMoment) continue;
        for (const Safetensors::Tensor& tensor : file.tensors())
            if (tensor.name.starts_with(prefix)) return prefix;
    }
    return {};
}

std::int64_t weightsStep(const Safetensors& file) {
    const bool whole = file.metadata().contains("training");
    const auto tree =
        nlohmann::json::parse(file.metadata(whole ? "training" : "step"), nullptr, false);
    const nlohmann::json step =
        whole && tree.is_object() ? tree.value("step", nlohmann::json()) : tree;
    if (!step.is_number_unsigned())
        throw InputError(file.where(), "step", "expected a whole number");
    return step.get<std::int64_t>();
}

void copyMoments(const Safetensors& file, const std::string& prefix,
                 const ParameterSet<float>& parameters, ParameterSet<float>& moments) {
    for (const Parameter<float>& p : parameters) {
        if (!p.quantized) continue;
        Parameter<float>& v = moments.add(p.name, p.shape, p.role, false);
        v.quantized = true;  // what is written to files
        file.copy(prefix + p.name, p.shape, v.value.span());
    }
}

}  // namespace bitloom
