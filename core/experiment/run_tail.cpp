#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <limits>

#include "experiment/run_folder.h"

// Following a run's append-only files. Only whole lines are taken; the rest waits in the file, not
// here.

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using Element = simdjson::dom::element;

constexpr std::size_t k_chunk = 1u << 20;
constexpr std::size_t k_longestLine = 8u << 20;  // longer: no line of ours
constexpr std::size_t k_markLength = 512;        // a whole line or two: steps differ

double real(const Element& row, const char* key, double fallback) {
    double value = 0;
    if (row[key].get(value) == simdjson::SUCCESS) return value;
    return fallback;
}

/// A number, NaN where it was not finite (null) and 0 where there is none.
double measured(const Element& row, const char* key) {
    Element value;
    if (row[key].get(value) != simdjson::SUCCESS) return 0;
    return real(row, key, std::numeric_limits<double>::quiet_NaN());
}

std::optional<double> optionalReal(const Element& row, const char* key) {
    double value = 0;
    if (row[key].get(value) == simdjson::SUCCESS) return value;
    return std::nullopt;
}

std::int64_t counter(const Element& row, const char* key) {
    const double value = real(row, key, 0);
    return std::abs(value) < 9e15 ? static_cast<std::int64_t>(value) : 0;
}

std::string text(const Element& row, const char* key) {
    std::string_view value;
    return row[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

bool readMetric(const Element& row, RunTail::News& news) {
    const std::string kind = text(row, "kind");
    MetricRow metric;
    if (kind == "train")
        metric.kind = MetricRow::Kind::train;
    else if (kind == "valid")
        metric.kind = MetricRow::Kind::valid;
    else if (kind == "test")
        metric.kind = MetricRow::Kind::test;
    else if (kind == "sample")
        metric.kind = MetricRow::Kind::sample;
    else
        return false;
    Element step;
    if (row["step"].get(step) != simdjson::SUCCESS || !step.is_number()) return false;
    metric.step = counter(row, "step");
    metric.epoch = static_cast<int>(std::min<std::int64_t>(counter(row, "epoch"), 1'000'000'000));
    metric.loss = measured(row, "loss");
    metric.value = measured(row, "value");
    metric.batchStatistics = optionalReal(row, "batch_statistics");
    metric.trueAverage = optionalReal(row, "true_average");
    metric.perStep = optionalReal(row, "per_step");
    metric.gradientNorm = measured(row, "gradient_norm");
    metric.learningRate = measured(row, "learning_rate");
    metric.seconds = measured(row, "seconds");
    metric.tokensPerSecond = measured(row, "tokens_per_second");
    bool best = false;
    metric.best = row["best"].get(best) == simdjson::SUCCESS && best;
    metric.text = text(row, "text");
    news.metrics.push_back(std::move(metric));
    return true;
}

bool readEvent(const Element& row, RunTail::News& news) {
    EventRow event{text(row, "time"), text(row, "event"), counter(row, "step"), text(row, "text")};
    if (event.name.empty()) return false;
    news.events.push_back(std::move(event));
    return true;
}

bool readGradient(const Element& row, RunTail::News& news) {
    GradientRow gradient;
    if (!readProbe(row, gradient)) return false;
    news.gradients.push_back(std::move(gradient));
    return true;
}

/// Many runs side by side need the batch's norms alone, a twentieth of the row.
bool readBatchGradient(const Element& row, RunTail::News& news) {
    if (!readGradient(row, news)) return false;
    news.gradients.back().total = {};
    news.gradients.back().last = {};
    return true;
}

template <auto Rows>
bool readProbeInto(const Element& line, RunTail::News& news) {
    auto& rows = news.probes.*Rows;
    if (readProbe(line, rows.emplace_back())) return true;
    rows.pop_back();
    return false;
}

using RowReader = bool (*)(const Element&, RunTail::News&);

struct File {
    explicit File(const fs::path& path) {
        // Without O_NONBLOCK a pipe of that name would hold the reader until somebody writes.
        const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (descriptor < 0) return;
        stream = ::fdopen(descriptor, "rb");
        if (!stream) ::close(descriptor);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (stream) std::fclose(stream);
    }
    std::FILE* stream = nullptr;
};

/// One followed file: everything before `offset` has been read.
class Follower {
public:
    Follower(fs::path path, RowReader reader) : m_path(std::move(path)), m_reader(reader) {}

    /// True if the file is not the one read so far: shorter, replaced, or with other bytes before
    /// here.
    bool changed() const {
        if (m_offset == 0) return false;
        File file(m_path);
        struct stat status {};
        if (!file.stream || fstat(fileno(file.stream), &status) != 0) return true;
        if (status.st_ino != m_inode || static_cast<std::uint64_t>(status.st_size) < m_offset)
            return true;
        std::string mark(m_mark.size(), '\0');
        const auto start = static_cast<long>(m_offset - m_mark.size());
        if (std::fseek(file.stream, start, SEEK_SET) != 0) return true;
        return std::fread(mark.data(), 1, mark.size(), file.stream) != mark.size() ||
               mark != m_mark;
    }

    void restart() {
        m_offset = 0;
        m_mark.clear();
        m_skipping = false;
    }

    void poll(simdjson::dom::parser& parser, RunTail::News& news, std::int64_t& badLines) {
        File file(m_path);
        struct stat status {};
        if (!file.stream || fstat(fileno(file.stream), &status) != 0) return;
        if (!S_ISREG(status.st_mode)) return;
        m_inode = status.st_ino;
        if (static_cast<std::uint64_t>(status.st_size) <= m_offset) return;
        if (std::fseek(file.stream, static_cast<long>(m_offset), SEEK_SET) != 0) return;
        std::string pending;
        std::string chunk(k_chunk, '\0');
        while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), file.stream)) {
            pending.append(chunk, 0, got);
            takeLines(pending, parser, news, badLines);
        }
    }

private:
    void takeLines(std::string& pending, simdjson::dom::parser& parser, RunTail::News& news,
                   std::int64_t& badLines) {
        std::size_t start = 0;
        for (auto end = pending.find('\n'); end != pending.npos; end = pending.find('\n', start)) {
            const std::string_view line(pending.data() + start, end - start);
            if (m_skipping) {
                m_skipping = false;
            } else if (!line.empty()) {
                Element row;
                const bool read =
                    line.size() <= k_longestLine &&
                    parser.parse(line.data(), line.size()).get(row) == simdjson::SUCCESS &&
                    row.is_object() && m_reader(row, news);
                if (!read) ++badLines;
            }
            start = end + 1;
        }
        if (pending.size() - start > k_longestLine) {  // a line without end is not kept in memory
            if (!m_skipping) ++badLines;
            m_skipping = true;
            start = pending.size();
        }
        if (start == 0) return;
        m_offset += start;
        m_mark.append(pending, 0, start);
        if (m_mark.size() > k_markLength) m_mark.erase(0, m_mark.size() - k_markLength);
        pending.erase(0, start);
    }

    fs::path m_path;
    RowReader m_reader;
    std::uint64_t m_offset = 0;
    ino_t m_inode = 0;
    std::string m_mark;       // the last bytes before m_offset: tells an appended file from another
    bool m_skipping = false;  // inside a line that is too long
};

}  // namespace

struct RunTail::State {
    State(const fs::path& run, ProbeFiles probes) {
        const auto follow = [&](const char* name, RowReader reader) {
            followers.emplace_back(run / name, reader);
        };
        follow("metrics.jsonl", readMetric);
        follow("events.jsonl", readEvent);
        follow("probes/state_gradients.jsonl",
               probes == ProbeFiles::all ? readGradient : readBatchGradient);
        if (probes != ProbeFiles::all) return;
        follow("probes/bounds.jsonl", readProbeInto<&ProbeNews::bounds>);
        follow("probes/spectra.jsonl", readProbeInto<&ProbeNews::spectra>);
        follow("probes/lyapunov.jsonl", readProbeInto<&ProbeNews::lyapunov>);
        follow("probes/gains.jsonl", readProbeInto<&ProbeNews::gains>);
        follow("probes/statistics.jsonl", readProbeInto<&ProbeNews::statistics>);
        follow("probes/weights.jsonl", readProbeInto<&ProbeNews::weights>);
    }

    std::vector<Follower> followers;
    simdjson::dom::parser parser;
    std::int64_t badLines = 0;
};

RunTail::RunTail(fs::path run, ProbeFiles probes) : m_state(std::make_unique<State>(run, probes)) {}
RunTail::~RunTail() = default;
RunTail::RunTail(RunTail&&) noexcept = default;
RunTail& RunTail::operator=(RunTail&&) noexcept = default;

RunTail::News RunTail::poll() {
    News news;
    for (const Follower& follower : m_state->followers)
        news.restarted = news.restarted || follower.changed();
    if (news.restarted) {
        m_state->badLines = 0;
        for (Follower& follower : m_state->followers) follower.restart();
    }
    for (Follower& follower : m_state->followers)
        follower.poll(m_state->parser, news, m_state->badLines);
    return news;
}

std::int64_t RunTail::badLines() const {
    return m_state->badLines;
}

}  // namespace bitloom
