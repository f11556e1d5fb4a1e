#include "probe/verify_open_rows.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <utility>

#include "math/rng.h"

namespace bitloom {

namespace {

constexpr double k_dependent = 1e-9;  // of the first diagonal element
constexpr int k_lastBits = 3;         // units in the last place that a solver may differ by
constexpr int k_tieDraws = 4;         // of last bits, for each choice of fixed columns
constexpr std::size_t k_mostChoices = 1024;

/// B [n, bits] of the greedy start.
Eigen::MatrixXd greedyStart(const Eigen::VectorXd& w, int bits) {
    Eigen::MatrixXd codes(w.size(), bits);
    Eigen::VectorXd residual = w;
    for (int k = 0; k < bits; ++k) {
        codes.col(k) = residual.unaryExpr([](double r) { return r >= 0 ? 1.0 : -1.0; });
        residual -= residual.cwiseAbs().mean() * codes.col(k);
    }
    return codes;
}

/// The column order before pivoting: fixed ones swapped to the front (LAPACK's geqp3).
std::pair<std::vector<int>, int> startOrder(int columns, unsigned fixed) {
    std::vector<int> order(static_cast<std::size_t>(columns));
    for (int k = 0; k < columns; ++k) order[static_cast<std::size_t>(k)] = k;
    int front = 0;
    for (int k = 0; k < columns; ++k)
        if ((fixed >> k) & 1)
            std::swap(order[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(front++)]);
    return {order, front};
}

/// The least-squares coefficients as gelsy finds them.
struct Solution {
    Eigen::VectorXd scales;
    bool isFullRank = true;
};
Solution leastSquares(const Eigen::MatrixXd& codes, const Eigen::VectorXd& w, unsigned fixed) {
    const auto bits = static_cast<int>(codes.cols());
    auto [order, front] = startOrder(bits, fixed);
    Eigen::MatrixXd left(codes.rows(), bits);  // what the orthogonal columns so far leave
    for (int k = 0; k < bits; ++k) left.col(k) = codes.col(order[static_cast<std::size_t>(k)]);
    Eigen::MatrixXd r = Eigen::MatrixXd::Zero(bits, bits);
    Eigen::VectorXd right = Eigen::VectorXd::Zero(bits);
    int rank = 0;
    for (; rank < bits; ++rank) {
        if (rank >= front) {
            int pivot = rank;
            for (int k = rank + 1; k < bits; ++k)
                if (left.col(k).norm() > left.col(pivot).norm() * (1 + 1e-12)) pivot = k;
            left.col(rank).swap(left.col(pivot));
            r.col(rank).swap(r.col(pivot));
            std::swap(order[static_cast<std::size_t>(rank)],
                      order[static_cast<std::size_t>(pivot)]);
        }
        const double size = left.col(rank).norm();
        if (size <= k_dependent * (rank == 0 ? size : r(0, 0)) || size == 0) break;
        const Eigen::VectorXd q = left.col(rank) / size;
        for (int k = rank; k < bits; ++k) {
            r(rank, k) = q.dot(left.col(k));
            left.col(k) -= r(rank, k) * q;
        }
        right(rank) = q.dot(w);
    }
    const Eigen::MatrixXd top = r.topRows(rank);
    const Eigen::VectorXd shortest =
        top.transpose() * (top * top.transpose()).ldlt().solve(right.head(rank));
    Solution solution{Eigen::VectorXd::Zero(bits), rank == bits};
    for (int k = 0; k < bits; ++k)
        solution.scales(order[static_cast<std::size_t>(k)]) = shortest(k);
    return solution;
}

bool same(const std::vector<double>& a, const std::vector<double>& b, double size) {
    return std::equal(a.begin(), a.end(), b.begin(),
                      [&](double x, double y) { return std::abs(x - y) <= 1e-9 * size; });
}

}  // namespace

RowFit fitAlternating(std::span<const double> row, int bits, int cycles, const RowChance& chance) {
    const auto n = static_cast<Eigen::Index>(row.size());
    const Eigen::VectorXd w = Eigen::Map<const Eigen::VectorXd>(row.data(), n);
    const double size = w.cwiseAbs().mean();
    Rng rng(chance.lastBits, makeStream("verify.open_rows"));
    const int words = 1 << bits;
    Eigen::MatrixXd table(words, bits);
    for (int word = 0; word < words; ++word)
        for (int k = 0; k < bits; ++k) table(word, k) = (word >> k) & 1 ? 1.0 : -1.0;

    RowFit fit;
    Eigen::MatrixXd codes = greedyStart(w, bits);
    Solution solution;
    for (std::size_t cycle = 0; cycle < static_cast<std::size_t>(cycles); ++cycle) {
        solution = leastSquares(codes, w, cycle < chance.fixed.size() ? chance.fixed[cycle] : 0u);
        fit.open |= !solution.isFullRank;
        Eigen::VectorXd values = table * solution.scales;
        if (chance.lastBits != 0)
            for (double& value : values)
                value += size * 1e-16 * (double(rng.below(2 * k_lastBits + 1)) - k_lastBits);
        for (Eigen::Index i = 0; i < n; ++i) {
            Eigen::Index nearest = 0;
            (values.array() - w(i)).abs().minCoeff(&nearest);
            codes.row(i) = table.row(nearest);
        }
    }
    const Eigen::VectorXd values = codes * solution.scales;
    fit.values.assign(values.begin(), values.end());
    return fit;
}

std::vector<std::vector<double>> possibleRows(std::span<const double> w, int bits, int cycles) {
    const RowFit plain = fitAlternating(w, bits, cycles, {});
    std::vector<std::vector<double>> rows{plain.values};
    double size = 0;
    for (const double x : w) size = std::max(size, std::abs(x));
    const unsigned subsets = 1u << bits;
    std::size_t choices = 1;
    for (int cycle = 0; cycle < cycles; ++cycle)
        choices = std::min(choices * subsets, k_mostChoices + 1);
    const bool all = choices <= k_mostChoices;
    Rng rng(1, makeStream("verify.possible_rows"));
    bool open = plain.open;
    for (std::size_t choice = 0; choice < std::min(choices, k_mostChoices); ++choice) {
        RowChance chance;
        std::size_t rest = choice;
        for (int cycle = 0; cycle < cycles; ++cycle) {
            chance.fixed.push_back(all ? static_cast<unsigned>(rest % subsets)
                                       : rng.below(subsets));
            rest /= subsets;
        }
        for (int draw = 0; draw < k_tieDraws; ++draw) {
            chance.lastBits = static_cast<std::uint64_t>(draw);
            RowFit fit = fitAlternating(w, bits, cycles, chance);
            open |= fit.open;
            if (!open) return rows;  // nothing is left to chance in full rank
            if (std::none_of(rows.begin(), rows.end(),
                             [&](const auto& r) { return same(r, fit.values, size); }))
                rows.push_back(std::move(fit.values));
        }
    }
    return rows;
}

}  // namespace bitloom
