#include "experiment/probe_signs.h"

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/safetensors.h"

namespace bitloom {

namespace {

constexpr std::size_t k_share = 16;  // bits a float holds exactly, and 64 is a multiple of
constexpr std::size_t k_parts = 64 / k_share;
constexpr const char* k_now = "signs";
constexpr const char* k_former = "signs.former";

std::filesystem::path signsPath(const std::filesystem::path& run, const char* which) {
    return run / "probes" / (std::string(which) + ".safetensors");
}

bool loadFile(const std::filesystem::path& path, std::int64_t step, Prober<float>& prober) {
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) return false;
    try {
        const Safetensors file = Safetensors::read(path);
        if (file.metadata("step") != std::to_string(step)) return false;
        std::map<std::string, SignBits> signs;
        for (const Safetensors::Tensor& tensor : file.tensors()) {
            std::vector<float> parts(tensor.bytes / sizeof(float));
            file.copy(tensor.name, tensor.shape, parts);
            SignBits& bits = signs[tensor.name];
            bits.assign(parts.size() / k_parts, 0);
            for (std::size_t i = 0; i < bits.size() * k_parts; ++i) {
                if (!(parts[i] >= 0 && parts[i] <= 65535)) return false;
                bits[i / k_parts] |= static_cast<std::uint64_t>(parts[i])
                                     << (i % k_parts * k_share);
            }
        }
        prober.setSigns(std::move(signs), step);
        return true;
    } catch (const InputError&) {
        return false;  // a damaged file costs one line's flip rates
    }
}

}  // namespace

void saveSigns(const std::filesystem::path& run, const Prober<float>& prober, std::int64_t& saved) {
    if (prober.signsStep() == saved) return;
    saved = prober.signsStep();
    std::error_code failure;  // there is none before the first
    std::filesystem::rename(signsPath(run, k_now), signsPath(run, k_former), failure);
    std::vector<std::vector<float>> values;
    std::vector<TensorToWrite> tensors;
    values.reserve(prober.signs().size());
    for (const auto& [name, bits] : prober.signs()) {
        std::vector<float>& parts = values.emplace_back();
        for (const std::uint64_t word : bits)
            for (std::size_t i = 0; i < k_parts; ++i)
                parts.push_back(static_cast<float>((word >> (i * k_share)) & 0xffffu));
        tensors.push_back({name, {static_cast<std::int64_t>(parts.size())}, parts});
    }
    writeSafetensors(signsPath(run, k_now), tensors,
                     {{"step", std::to_string(prober.signsStep())}});
}

bool loadSigns(const std::filesystem::path& run, std::int64_t step, Prober<float>& prober) {
    for (const char* which : {k_now, k_former})
        if (step > 0 && loadFile(signsPath(run, which), step, prober)) return true;
    return false;
}

std::int64_t lastProbedStep(std::int64_t step, int every) {
    if (every <= 0 || step <= 0) return 0;
    return step >= every ? step / every * every : 1;
}

}  // namespace bitloom
