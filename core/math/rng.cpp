#include "math/rng.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "math/philox.h"

namespace bitloom {
namespace {

std::uint64_t mix(std::uint64_t x) {  // the finalizer of SplitMix64
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

}  // namespace

std::uint64_t makeStream(const char* purpose, std::uint64_t a, std::uint64_t b) {
    std::uint64_t hash = 0xCBF29CE484222325ull;  // FNV-1a
    for (const char* c = purpose; *c; ++c)
        hash = (hash ^ static_cast<unsigned char>(*c)) * 0x100000001B3ull;
    return mix(mix(mix(hash) + a) + 0x9E3779B97F4A7C15ull * (b + 1));
}

Rng::Rng(std::uint64_t seed, std::uint64_t stream)
    : m_key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      m_stream(stream) {}

void Rng::refill() {
    m_words = philoxBlock(m_key, m_stream, m_block);
    ++m_block;
    m_next = 0;
}

std::uint32_t Rng::bits() {
    if (m_next == 4) refill();
    return m_words[m_next++];
}

float Rng::uniform() {
    return philoxUniform(bits());
}

double Rng::uniformDouble() {
    const std::uint64_t high = bits();
    return static_cast<double>(((high << 32) | bits()) >> 11) * 0x1p-53;
}

double Rng::normal() {
    const double u = 1.0 - uniformDouble();
    const double v = uniformDouble();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::uint32_t Rng::below(std::uint32_t bound) {  // Lemire 2019
    std::uint64_t product = static_cast<std::uint64_t>(bits()) * bound;
    if (static_cast<std::uint32_t>(product) < bound) {
        const std::uint32_t threshold = (0u - bound) % bound;
        while (static_cast<std::uint32_t>(product) < threshold)
            product = static_cast<std::uint64_t>(bits()) * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
}

void Rng::seekBlock(std::uint64_t n) {
    m_block = n;
    refill();
}

void Rng::seek(std::uint64_t n) {
    seekBlock(n / 4);
    m_next = static_cast<unsigned>(n % 4);
}

std::vector<std::uint32_t> Rng::permutation(std::uint32_t n) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0u);
    for (std::uint32_t i = n; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
    return order;
}

}  // namespace bitloom
