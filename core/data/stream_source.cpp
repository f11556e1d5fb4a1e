#include "data/stream_source.h"

#include <algorithm>

#include "base/error.h"

namespace bitloom {
namespace {

class StreamSource final : public BatchSource {
public:
    StreamSource(std::shared_ptr<const Symbols> symbols, std::size_t begin, std::size_t streams,
                 std::size_t length, std::size_t window, bool wholeWindows)
        : m_symbols(std::move(symbols)),
          m_begin(begin),
          m_streams(streams),
          m_length(length),
          m_window(window),
          m_batches(static_cast<std::int64_t>(wholeWindows ? length / window
                                                           : (length - 1) / window + 1)) {}

    bool next(Batch& batch) override {
        if (m_position >= m_batches) {
            ++m_pass;
            m_position = 0;
            return false;
        }
        const std::size_t first = static_cast<std::size_t>(m_position) * m_window;
        batch.steps = std::min(m_window, m_length - first);
        batch.size = m_streams;
        batch.features = 0;
        batch.frames.clear();
        batch.values.clear();
        batch.lengths.clear();
        batch.tokens.resize(batch.steps * m_streams);
        batch.targets.resize(batch.steps * m_streams);
        for (std::size_t b = 0; b < m_streams; ++b) {
            const std::size_t at = m_begin + b * m_length + first;
            m_symbols->copy(at, batch.steps, batch.tokens.data() + b, m_streams);
            m_symbols->copy(at + 1, batch.steps, batch.targets.data() + b, m_streams);
        }
        batch.carriesState = m_position > 0;
        batch.startsStreams = m_position == 0;
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
    std::shared_ptr<const Symbols> m_symbols;
    std::size_t m_begin;
    std::size_t m_streams;
    std::size_t m_length;
    std::size_t m_window;
    std::int64_t m_batches;
    std::int64_t m_pass = 0;
    std::int64_t m_position = 0;
};

}  // namespace

const char* splitName(Split split) {
    switch (split) {
        case Split::train:
            return "train";
        case Split::valid:
            return "valid";
        case Split::test:
            return "test";
    }
    return "";
}

std::unique_ptr<BatchSource> makeStreamSource(std::shared_ptr<const Symbols> symbols,
                                              std::size_t begin, std::size_t end, Split split,
                                              const BatchConfig& config, const std::string& name) {
    if (config.batch == 0) throw InputError(name, "training.batch", "must be at least 1");
    if (config.window == 0) throw InputError(name, "training.window", "must be at least 1");
    const std::size_t count = end - begin;
    const std::string has =
        std::string("the ") + splitName(split) + " split has " + std::to_string(count) + " symbols";
    if (count < 2) throw InputError(name, {}, has + ", at least 2 are needed");
    const std::size_t steps = count - 1;
    std::size_t streams = config.batch;
    if (split == Split::train) {
        if (steps / streams < config.window)
            throw InputError(name, "training.batch",
                             has + ", too few for one batch of " + std::to_string(streams) +
                                 " streams of " + std::to_string(config.window) +
                                 " steps; take a smaller batch or window");
    } else {
        streams = std::min(streams, std::max<std::size_t>(1, steps / config.window));
    }
    return std::make_unique<StreamSource>(std::move(symbols), begin, streams, steps / streams,
                                          config.window, split == Split::train);
}

}  // namespace bitloom
