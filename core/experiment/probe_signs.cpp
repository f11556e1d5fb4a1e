#include "experiment/probe_signs.h"

#include <array>
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
constexpr std::array<const char*, 2> k_files = {"signs.safetensors", "signs.other.safetensors"};

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

bool ProbeSigns::load(std::int64_t step, Prober<float>& prober) {
    if (step <= 0) return false;
    for (std::size_t place = 0; place < k_files.size(); ++place) {
        if (!loadFile(m_run / "probes" / k_files.at(place), step, prober)) continue;
        m_step = step;
        m_place = place;
        return true;
    }
    return false;
}

void ProbeSigns::save(const Prober<float>& prober) {
    if (prober.signsStep() == m_step) return;
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
    const std::size_t place = 1 - m_place;
    writeSafetensors(m_run / "probes" / k_files.at(place), tensors,
                     {{"step", std::to_string(prober.signsStep())}});
    m_step = prober.signsStep();
    m_place = place;
}

std::int64_t lastProbedStep(std::int64_t step, int every) {
    if (every <= 0 || step <= 0) return 0;
    return step >= every ? step / every * every : 1;
}

}  // namespace bitloom
