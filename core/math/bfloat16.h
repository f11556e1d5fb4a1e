#pragma once
// bfloat16: the upper half of a float, 8 bits of mantissa. Products of bf16 operands accumulate in
// fp32; +-1 weights are exact, activations and gradients round to nearest even (relative error at
// most 2^-9).

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bitloom {

/// The arithmetic of matrix products. Everything else is fp32 always.
enum class Precision { fp32, bf16 };

/// "fp32", "bf16"; empty for anything else.
inline std::optional<Precision> precisionFromName(std::string_view name) {
    if (name == "fp32") return Precision::fp32;
    if (name == "bf16") return Precision::bf16;
    return std::nullopt;
}

struct BFloat16 {
    std::uint16_t bits = 0;

    BFloat16() = default;
    /// Rounds to nearest, ties to even; NaN stays NaN.
    explicit BFloat16(float value) {
        const auto u = std::bit_cast<std::uint32_t>(value);
        const bool nan = (u & 0x7fffffffu) > 0x7f800000u;
        bits = static_cast<std::uint16_t>(nan ? (u >> 16) | 0x40u
                                              : (u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
    explicit operator float() const {
        return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    }
};

}  // namespace bitloom
