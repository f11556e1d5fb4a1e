#pragma once
// Philox 4x32-10, one block: four words as a pure function of counter and key (Salmon et al.,
// 2011).

#include <array>
#include <cstdint>

namespace bitloom {

constexpr std::array<std::uint32_t, 2> philoxFactors{0xD2511F53u, 0xCD9E8D57u};
constexpr std::array<std::uint32_t, 2> philoxKeySteps{0x9E3779B9u, 0xBB67AE85u};
constexpr int philoxRounds = 10;

inline std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < philoxRounds; ++round) {
        const std::uint64_t a = std::uint64_t{philoxFactors[0]} * counter[0];
        const std::uint64_t b = std::uint64_t{philoxFactors[1]} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(a)};
        key[0] += philoxKeySteps[0];
        key[1] += philoxKeySteps[1];
    }
    return counter;
}

/// The four words of block `block` of a stream.
inline std::array<std::uint32_t, 4> philoxBlock(std::array<std::uint32_t, 2> key,
                                                std::uint64_t stream, std::uint64_t block) {
    return philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                   static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)},
                  key);
}

/// 24 of the word's bits as a number in [0, 1).
inline float philoxUniform(std::uint32_t word) {
    return static_cast<float>(word >> 8) * 0x1p-24f;
}

}  // namespace bitloom
