#include "progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace bitloom::cli {
namespace {

constexpr int k_width = 30;
constexpr std::chrono::milliseconds k_refresh{100};

}  // namespace

std::string clockText(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e8) return "--:--";
    const auto whole = static_cast<long long>(seconds);
    char text[32];
    if (whole >= 3600)
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                      whole % 60);
    else
        std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
    return text;
}

void Progress::start(const RunSummary& summary) {
    m_metric = summary.metric;
    m_first = summary.step;
    m_total = summary.totalSteps;
    m_started = Clock::now();
}

void Progress::report(const MetricRow& row) {
    if (row.kind == MetricRow::Kind::sample) return;
    if (row.kind == MetricRow::Kind::train) {
        m_last = row;
        if (m_terminal && Clock::now() - m_shown >= k_refresh) drawBar();
        return;
    }
    finish();
    std::fprintf(stderr, "step %lld  %s %.4f %s%s\n", static_cast<long long>(row.step),
                 row.kind == MetricRow::Kind::test ? "test" : "valid", row.value, m_metric.c_str(),
                 row.best ? "  best" : "");
}

void Progress::drawBar() {
    m_shown = Clock::now();
    const std::int64_t total = std::max(m_total, m_last.step);
    const double share = static_cast<double>(m_last.step) / static_cast<double>(total);
    const int full = static_cast<int>(share * k_width);
    const double spent = std::chrono::duration<double>(m_shown - m_started).count();
    const auto done = static_cast<double>(std::max<std::int64_t>(1, m_last.step - m_first));
    const double left = spent / done * static_cast<double>(total - m_last.step);
    const std::string bar = std::string(static_cast<std::size_t>(full), '#') +
                            std::string(static_cast<std::size_t>(k_width - full), '.');
    std::fprintf(stderr, "\r[%s] %3.0f%%  step %lld/%lld  loss %.4f  %.0f tokens/s  ETA %s\033[K",
                 bar.c_str(), share * 100, static_cast<long long>(m_last.step),
                 static_cast<long long>(total), m_last.loss, m_last.tokensPerSecond,
                 clockText(left).c_str());
    std::fflush(stderr);
    m_drawn = true;
}

void Progress::finish() {
    if (!m_drawn) return;
    drawBar();
    std::fputc('\n', stderr);
    m_drawn = false;
}

}  // namespace bitloom::cli
