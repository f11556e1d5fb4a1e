#pragma once
// A counter-based random number generator: the n-th number of a stream is a pure function of
// (seed, stream, n), so a resumed run draws what an uninterrupted one would, with no state to save.
// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace bitloom {

/// Streams are named by what they feed: makeStream("dropout.input", layer, step).
std::uint64_t makeStream(const char* purpose, std::uint64_t a = 0, std::uint64_t b = 0);

class Rng {
public:
    explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

    /// 32 uniform bits.
    std::uint32_t bits();
    /// Uniform in [0, 1), 24 bits.
    float uniform();
    /// out.size() draws of uniform(), many at a time.
    void uniforms(std::span<float> out);
    /// Uniform in [0, 1), 53 bits.
    double uniformDouble();
    /// Standard normal (Box-Muller).
    double normal();
    /// Uniform integer in [0, bound), unbiased; bound > 0.
    std::uint32_t below(std::uint32_t bound);
    /// Moves to the n-th 32-bit draw of the stream.
    void seek(std::uint64_t n);
    /// Moves to the first of the four draws of block n (one Philox counter value).
    void seekBlock(std::uint64_t n);
    /// A random permutation of 0 .. n-1 (Fisher-Yates).
    std::vector<std::uint32_t> permutation(std::uint32_t n);

private:
    void refill();

    std::array<std::uint32_t, 2> m_key{};
    std::uint64_t m_stream = 0;
    std::uint64_t m_block = 0;
    std::array<std::uint32_t, 4> m_words{};
    unsigned m_next = 4;
};

}  // namespace bitloom
