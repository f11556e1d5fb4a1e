// Many draws at once: each lane of 64 bits runs Philox for a block of its own.

#include <array>
#include <cstring>

#include "math/philox.h"
#include "math/rng.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/rng_uniforms.cpp"
#include <hwy/foreach_target.h>
// Highway compiles the part up to HWY_ONCE once a target.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace bitloom::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Key = std::array<std::uint32_t, 2>;

#if HWY_TARGET == HWY_SCALAR
void philoxUniforms(Key key, std::uint64_t stream, std::uint64_t first, std::size_t blocks,
                    float* out) {
    for (std::size_t i = 0; i < blocks; ++i)
        for (const std::uint32_t word : philoxBlock(key, stream, first + i))
            *out++ = philoxUniform(word);
}
#else
/// out [4 blocks] = the draws of blocks first .. first + blocks - 1 of a stream.
void philoxUniforms(Key key, std::uint64_t stream, std::uint64_t first, std::size_t blocks,
                    float* out) {
    const hn::ScalableTag<std::uint64_t> d;
    const hn::Repartition<std::uint32_t, decltype(d)> words;
    const hn::Repartition<std::int32_t, decltype(d)> integers;
    const hn::Repartition<float, decltype(d)> floats;
    const std::size_t lanes = hn::Lanes(d);
    const auto low = hn::Set(d, 0xffffffffu);
    const auto firstFactor = hn::Set(words, 0xD2511F53u),
               secondFactor = hn::Set(words, 0xCD9E8D57u);
    const auto scale = hn::Set(floats, 0x1p-24f);
    // Two words of a block as the two floats of a lane.
    const auto pair = [&](auto even, auto odd) {
        const auto both = hn::Or(hn::And(even, low), hn::ShiftLeft<32>(odd));
        const auto bits = hn::BitCast(integers, hn::ShiftRight<8>(hn::BitCast(words, both)));
        return hn::BitCast(d, hn::Mul(hn::ConvertTo(floats, bits), scale));
    };
    for (std::size_t done = 0; done < blocks; done += lanes) {
        // Products and the end look at the low halves of the lanes only; the high ones hold
        // anything.
        auto c0 = hn::Add(hn::Set(d, first + done), hn::Iota(d, 0));
        auto c1 = hn::ShiftRight<32>(c0);
        auto c2 = hn::Set(d, stream);
        auto c3 = hn::Set(d, stream >> 32);
        Key k = key;
        for (int round = 0; round < philoxRounds; ++round) {
            const auto a = hn::MulEven(firstFactor, hn::BitCast(words, c0));
            const auto b = hn::MulEven(secondFactor, hn::BitCast(words, c2));
            c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(b), c1), hn::Set(d, k[0]));
            c1 = b;
            c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(a), c3), hn::Set(d, k[1]));
            c3 = a;
            k[0] += philoxKeySteps[0];
            k[1] += philoxKeySteps[1];
        }
        HWY_ALIGN std::uint64_t buffer[2 * hn::MaxLanes(d)];
        hn::StoreInterleaved2(pair(c0, c1), pair(c2, c3), d, buffer);
        const std::size_t count = lanes < blocks - done ? lanes : blocks - done;
        std::memcpy(out + 4 * done, buffer, 4 * count * sizeof(float));
    }
}
#endif

}  // namespace
}  // namespace bitloom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bitloom {

HWY_EXPORT(philoxUniforms);

void Rng::uniforms(std::span<float> out) {
    std::size_t i = 0;
    while (i < out.size() && m_next < m_words.size()) out[i++] = uniform();
    const std::size_t blocks = (out.size() - i) / m_words.size();
    HWY_DYNAMIC_DISPATCH(philoxUniforms)(m_key, m_stream, m_block, blocks, out.data() + i);
    m_block += blocks;
    for (i += blocks * m_words.size(); i < out.size(); ++i) out[i] = uniform();
}

}  // namespace bitloom
#endif  // HWY_ONCE
