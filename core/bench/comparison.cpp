#include "bench/comparison.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"

namespace bitloom {
namespace {

/// Workload and row name to the samples: a list a round, or one for all rounds (recorded).
struct Samples {
    std::vector<std::vector<double>> byRound;
    std::vector<double> recorded;

    [[nodiscard]] std::vector<double> all() const {
        std::vector<double> values = recorded;
        for (const auto& round : byRound) values.insert(values.end(), round.begin(), round.end());
        return values;
    }
    /// The round's figure; a recorded one serves every round.
    [[nodiscard]] double ofRound(std::size_t round) const {
        const bool measured = round < byRound.size() && !byRound[round].empty();
        return median(measured ? byRound[round] : all());
    }
    void add(std::size_t round, double value) {
        if (byRound.size() <= round) byRound.resize(round + 1);
        byRound[round].push_back(value);
    }
};

using Table = std::map<std::pair<std::string, std::string>, Samples>;

std::string rowName(const Peer& peer, const PeerFigure& figure, std::optional<int> ours) {
    std::string kind = figure.kind;
    if (figure.threads && ours && figure.threads != ours)
        kind += (kind.empty() ? "" : ", ") + std::to_string(*figure.threads) +
                (figure.threads == 1 ? " thread" : " threads");
    return kind.empty() ? peer.name : peer.name + ": " + kind;
}

void keep(const std::vector<PeerFigure>& figures, const Peer& peer, std::size_t round,
          std::optional<int> ours, Table& table) {
    for (const PeerFigure& figure : figures)
        table[{figure.workload, rowName(peer, figure, ours)}].add(round, figure.milliseconds);
}

ComparisonRow rowOf(const std::string& workload, const std::string& name, const Samples& samples) {
    const std::vector<double> values = samples.all();
    ComparisonRow row;
    row.workload = workload;
    row.name = name;
    row.milliseconds = spreadOf(values);
    row.samples = values.size();
    return row;
}

bool anyFigure(const std::vector<Peer>& peers, const Table& table,
               const std::vector<std::string>& workloads) {
    const auto chosen = [&](const auto& entry) {
        return std::find(workloads.begin(), workloads.end(), entry.first.first) != workloads.end();
    };
    const auto byWorkload = [](const Peer& peer) { return peer.runsByWorkload(); };
    return std::any_of(peers.begin(), peers.end(), byWorkload) ||
           std::any_of(table.begin(), table.end(), chosen);
}

/// The rows of the peers on one workload, best first.
std::vector<ComparisonRow> peerRows(const Table& table, const std::string& workload) {
    std::vector<ComparisonRow> rows;
    for (const auto& [key, samples] : table)
        if (key.first == workload) rows.push_back(rowOf(workload, key.second, samples));
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.milliseconds.median < b.milliseconds.median;
    });
    return rows;
}

}  // namespace

std::vector<ComparisonRow> compareWithPeers(
    const std::vector<Peer>& peers, const ComparisonOptions& options,
    const std::function<double(const std::string& workload, const std::string& variant)>& measure,
    const std::function<void(int)>& onRound) {
    Table theirs;
    for (const Peer& peer : peers)
        for (const PeerFigure& figure : peer.recorded)
            theirs[{figure.workload, rowName(peer, figure, options.threads)}].recorded.push_back(
                figure.milliseconds);
    Table ours;
    for (std::size_t round = 0; round < static_cast<std::size_t>(options.rounds); ++round) {
        if (onRound) onRound(static_cast<int>(round) + 1);
        for (const Peer& peer : peers)
            if (!peer.command.empty() && !peer.runsByWorkload())
                keep(measurePeer(peer, {}, options.where), peer, round, options.threads, theirs);
        if (!anyFigure(peers, theirs, options.workloads))
            throw InputError(options.where, "peers",
                             "no peer has a figure of any workload that is measured here");
        for (const std::string& workload : options.workloads) {
            for (const Peer& peer : peers)
                if (peer.runsByWorkload())
                    keep(measurePeer(peer, workload, options.where), peer, round, options.threads,
                         theirs);
            for (const std::string& variant : options.variants)
                ours[{workload, variant}].add(round, measure(workload, variant));
        }
    }

    std::vector<ComparisonRow> rows;
    for (const std::string& workload : options.workloads) {
        const std::vector<ComparisonRow> peersHere = peerRows(theirs, workload);
        rows.insert(rows.end(), peersHere.begin(), peersHere.end());
        for (const std::string& variant : options.variants) {
            const Samples& samples = ours.at({workload, variant});
            ComparisonRow row = rowOf(workload, variant, samples);
            row.ours = true;
            if (!peersHere.empty()) {
                const ComparisonRow& best = peersHere.front();
                const Samples& bestSamples = theirs.at({workload, best.name});
                std::vector<double> ratios;
                for (std::size_t round = 0; round < samples.byRound.size(); ++round)
                    ratios.push_back(bestSamples.ofRound(round) / samples.ofRound(round));
                row.bestPeer = best.name;
                row.bestMilliseconds = best.milliseconds.median;
                row.ratio = spreadOf(ratios);
            }
            rows.push_back(std::move(row));
        }
    }
    return rows;
}

}  // namespace bitloom
