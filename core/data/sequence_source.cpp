#include "data/sequence_source.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "data/stream_source.h"
#include "math/rng.h"

namespace bitloom {
namespace {

class SequenceSource final : public BatchSource {
public:
    SequenceSource(std::uint32_t count, bool shuffled, const BatchConfig& config,
                   FillSequences fill)
        : m_count(count),
          m_batch(static_cast<std::uint32_t>(std::min<std::size_t>(config.batch, count))),
          m_batches(shuffled ? count / m_batch : (count - 1) / m_batch + 1),
          m_shuffled(shuffled),
          m_seed(config.seed),
          m_fill(std::move(fill)) {
        if (shuffled) return;
        m_order.resize(count);
        std::iota(m_order.begin(), m_order.end(), 0u);
    }

    bool next(Batch& batch) override {
        if (m_position >= m_batches) {
            ++m_pass;
            m_position = 0;
            return false;
        }
        if (m_shuffled && m_orderPass != m_pass) {
            const auto stream = makeStream("data.shuffle", static_cast<std::uint64_t>(m_pass));
            m_order = Rng(m_seed, stream).permutation(m_count);
            m_orderPass = m_pass;
        }
        const auto first = static_cast<std::uint32_t>(m_position) * m_batch;
        const std::uint32_t size = std::min(m_batch, m_count - first);
        batch.size = size;
        batch.lengths.clear();
        batch.carriesState = false;
        batch.startsStreams = true;
        m_fill(std::span<const std::uint32_t>(m_order).subspan(first, size), batch);
        ++m_position;
        return true;
    }

    std::int64_t batchesPerPass() const override { return m_batches; }
    std::int64_t pass() const override { return m_pass; }
    std::int64_t position() const override { return m_position; }
    void seek(std::int64_t pass, std::int64_t position) override {
        if (pass < 0 || position < 0 || position > m_batches)
            throw InputError("position " + std::to_string(position) + " of pass " +
                             std::to_string(pass) + " is outside the data: a pass has " +
                             std::to_string(m_batches) + " batches");
        m_pass = pass;
        m_position = position;
    }

private:
    std::uint32_t m_count;
    std::uint32_t m_batch;
    std::int64_t m_batches;
    bool m_shuffled;
    std::uint64_t m_seed;
    FillSequences m_fill;
    std::vector<std::uint32_t> m_order;
    std::int64_t m_orderPass = -1;
    std::int64_t m_pass = 0;
    std::int64_t m_position = 0;
};

}  // namespace

std::unique_ptr<BatchSource> makeSequenceSource(std::uint32_t count, Split split,
                                                const BatchConfig& config, FillSequences fill,
                                                const std::string& name) {
    if (config.batch == 0) throw InputError(name, "training.batch", "must be at least 1");
    if (count == 0)
        throw InputError(name, {}, std::string("the ") + splitName(split) + " split is empty");
    return std::make_unique<SequenceSource>(count, split == Split::train, config, std::move(fill));
}

}  // namespace bitloom
