// The normalizers alone: what they compute on small numbers, and running statistics by hand.

#include "norm/normalizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "core/norm/support.h"
#include "math/team.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using namespace test;

TEST(Normalizer, WeightRowsGetTheGainAsNorm) {
    Fixture f(3);
    NormalizationConfig config;
    config.method = "weight";
    const auto norm = makeNormalizer<double>(config, f.tensors);
    Matrix<double> q = random(3, 4, 1);
    for (std::size_t i = 0; i < 4; ++i) q(1, i) = 0;  // a row of zeros stays zero
    Matrix<double> w(3, 4);
    norm->normalizeWeight(q.view(), w.view());
    for (std::size_t j = 0; j < 3; ++j) {
        double squares = 0;
        for (std::size_t i = 0; i < 4; ++i) squares += w(j, i) * w(j, i);
        EXPECT_NEAR(std::sqrt(squares), j == 1 ? 0 : 1.5, 1e-7);
    }
    Matrix<double> gradient = random(3, 4, 2);
    norm->weightBackward(q.view(), gradient.view());
    for (const double g : gradient.span()) EXPECT_TRUE(std::isfinite(g));
}

TEST(Normalizer, LayerNormalizesEachGateOfEachRow) {
    Fixture f(8);
    f.tensors.gates = 2;
    NormalizationConfig config;
    config.method = "layer";
    const auto norm = makeNormalizer<double>(config, f.tensors);
    norm->begin(1, 3, true, 1);
    Matrix<double> x = random(3, 8, 3), y(3, 8);
    norm->forward({}, x.view(), x.view(), y.view());
    for (std::size_t b = 0; b < 3; ++b)
        for (std::size_t g = 0; g < 2; ++g) {
            double sum = 0, squares = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                sum += x(b, g * 4 + i);
                squares += x(b, g * 4 + i) * x(b, g * 4 + i);
                EXPECT_NEAR(y(b, g * 4 + i), 1.5 * x(b, g * 4 + i) + 0.25, 1e-12);
            }
            EXPECT_NEAR(sum, 0, 1e-12);
            EXPECT_NEAR(squares / 4, 1, 1e-3);
        }
}

TEST(Normalizer, BatchKeepsRunningStatisticsByStep) {
    for (const bool separate : {false, true}) {
        SCOPED_TRACE(separate);
        Fixture f(2, separate ? 2 : 1);
        NormalizationConfig config;
        config.method = separate ? "batch_separate" : "batch_shared";
        const auto norm = makeNormalizer<double>(config, f.tensors);
        norm->begin(3, 2, true, 1);
        std::vector<double> means, variances;  // expected, of column 0
        means.assign(f.mean.rows(), 0);
        variances.assign(f.mean.rows(), 1);
        for (std::size_t t = 0; t < 3; ++t) {
            Matrix<double> x = random(2, 2, 10 + t), y(2, 2);
            const double m = (x(0, 0) + x(1, 0)) / 2;
            const double v = (x(0, 0) - m) * (x(0, 0) - m) + (x(1, 0) - m) * (x(1, 0) - m);
            const std::size_t row = separate ? std::min<std::size_t>(t, 1) : 0;
            means[row] = 0.9 * means[row] + 0.1 * m;
            variances[row] = 0.9 * variances[row] + 0.1 * v;  // unbiased: / (2 - 1)
            norm->forward({t}, x.view(), x.view(), y.view());
        }
        for (std::size_t r = 0; r < means.size(); ++r) {
            EXPECT_NEAR(f.mean(r, 0), means[r], 1e-12);
            EXPECT_NEAR(f.variance(r, 0), variances[r], 1e-12);
        }
        Matrix<double> x = random(2, 2, 20), y(2, 2), unused(2, 2);
        norm->forward({7, Statistics::running}, x.view(), unused.view(), y.view());
        EXPECT_NEAR(y(0, 0),
                    1.5 * (x(0, 0) - means.back()) / std::sqrt(variances.back() + 1e-5) + 0.25,
                    1e-12);
    }
}

TEST(Normalizer, BatchAveragesEachStepOfThePassesCollected) {
    for (const char* method : {"batch_shared", "batch_separate"}) {
        Fixture f(2, method == std::string("batch_shared") ? 1 : 2);
        NormalizationConfig config;
        config.method = method;
        const auto norm = makeNormalizer<double>(config, f.tensors);
        norm->begin(3, 4, true, 1);
        norm->beginAverage();
        std::vector<double> mean(3, 0), variance(3, 0);
        Matrix<double> xhat(4, 2), y(4, 2);
        for (std::uint64_t pass = 0; pass < 2; ++pass)
            for (std::size_t t = 0; t < 3; ++t) {
                const Matrix<double> x = random(4, 2, 10 * pass + t);
                norm->forward({t, Statistics::batch}, x.view(), xhat.view(), y.view());
                double sum = 0, squares = 0;
                for (std::size_t b = 0; b < 4; ++b) {
                    sum += x(b, 1);
                    squares += x(b, 1) * x(b, 1);
                }
                EXPECT_NEAR(norm->means()(t, 1), sum / 4, 1e-12);
                mean[t] += sum / 8;
                variance[t] += (squares - sum * sum / 4) / 6;
            }
        norm->endAverage(false);
        const Matrix<double> x = random(4, 2, 99);
        for (const std::size_t t : {0u, 1u, 2u, 7u}) {
            norm->forward({t, Statistics::per_step}, x.view(), xhat.view(), y.view());
            const std::size_t step = t < 3 ? t : 2;
            EXPECT_NEAR(y(0, 1),
                        1.5 * (x(0, 1) - mean[step]) / std::sqrt(variance[step] + 1e-5) + 0.25,
                        1e-12)
                << method << " step " << t;
        }
    }
}

/// Statistics moved, collected and used by `members`, and what they gave.
std::vector<double> booksOf(const std::string& method, std::size_t members) {
    constexpr std::size_t steps = 3, batch = 6, width = 40;
    Fixture f(width, method == "batch_shared" ? 1 : 2);
    NormalizationConfig config;
    config.method = method;
    const auto norm = makeNormalizer<double>(config, f.tensors);
    Team team(members);
    norm->begin(steps, batch, true, team.members());
    Matrix<double> y(steps * batch, width), xhat(batch, width);
    const auto pass = [&](Statistics statistics) {
        team.run([&](std::size_t m) {
            const std::size_t first = team.firstRow(m, batch);
            const std::size_t rows = team.firstRow(m + 1, batch) - first;
            for (std::size_t t = 0; t < steps; ++t) {
                const Matrix<double> x = random(batch, width, 40 + t);
                norm->forward({t, statistics, m, first, &team}, x.view().rowRange(first, rows),
                              xhat.view().rowRange(first, rows),
                              y.view().rowRange(t * batch + first, rows));
            }
        });
    };
    pass(Statistics::train);
    norm->beginAverage();
    pass(Statistics::batch);
    norm->endAverage(false);
    std::vector<double> all(y.span().begin(), y.span().end());
    pass(Statistics::per_step);
    for (const Matrix<double>* m : {&y, &f.mean, &f.variance})
        all.insert(all.end(), m->data(), m->data() + m->size());
    return all;
}

TEST(Normalizer, BatchKeepsTheBooksOfOneMemberWithTwo) {
    const int former = threads();
    setThreads(2);
    const std::size_t granted = Team(2).members();
    for (const char* method : {"batch_shared", "batch_separate"}) {
        const std::vector<double> one = booksOf(method, 1), two = booksOf(method, 2);
        ASSERT_EQ(one.size(), two.size());
        for (std::size_t i = 0; i < one.size(); ++i)
            EXPECT_NEAR(one[i], two[i], 1e-12) << method << " number " << i;
    }
    setThreads(former);
    if (granted < 2) GTEST_SKIP() << "OpenMP grants one thread: one was compared with one";
}

TEST(Normalizer, RefusesUnknownMethods) {
    NormalizationConfig config;
    config.method = "group";
    EXPECT_THROW(makeNormalizer<double>(config, {}), InputError);
}

}  // namespace
}  // namespace bitloom
