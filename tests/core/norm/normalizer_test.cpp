// The normalizers alone: what they compute on small numbers, and running statistics by hand.

#include "norm/normalizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "math/rng.h"
#include "math/team.h"
#include "math/threads.h"
#include "norm/batch.h"
#include "norm/token_batch.h"

namespace bitloom {
namespace {

struct Fixture {
    explicit Fixture(std::size_t width, std::size_t rows = 1)
        : gain(width, 1.5),
          shift(width, 0.25),
          gainGradient(width),
          shiftGradient(width),
          mean(rows, width),
          variance(rows, width) {
        mean.fill(0);
        variance.fill(1);
        tensors.gain = gain;
        tensors.shift = shift;
        tensors.gainGradient = gainGradient;
        tensors.shiftGradient = shiftGradient;
        tensors.runningMean = mean.view();
        tensors.runningVariance = variance.view();
    }
    std::vector<double> gain, shift, gainGradient, shiftGradient;
    Matrix<double> mean, variance;
    NormalizerTensors<double> tensors;
};

Matrix<double> random(std::size_t rows, std::size_t cols, std::uint64_t seed) {
    Matrix<double> m(rows, cols);
    Rng rng(seed);
    for (double& v : m.span()) v = rng.normal();
    return m;
}

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

/// The form for one-hot inputs against the general one on the rows it stands for, in two shares.
TEST(Normalizer, TokensEqualGatheredRows) {
    constexpr std::size_t steps = 3, batch = 6, symbols = 5, width = 20, members = 2;
    for (const char* method : {"batch_shared", "batch_separate"})
        for (const Statistics statistics : {Statistics::train, Statistics::running}) {
            SCOPED_TRACE(method);
            Fixture general(width, method == std::string("batch_shared") ? 1 : 2);
            Fixture fast = general;
            fast.tensors = NormalizerTensors<double>{1,
                                                     fast.gain,
                                                     fast.shift,
                                                     fast.gainGradient,
                                                     fast.shiftGradient,
                                                     fast.mean.view(),
                                                     fast.variance.view()};
            NormalizationConfig config;
            config.method = method;
            BatchNormalizer<double> twin(general.tensors, config), books(fast.tensors, config);
            TokenBatchNormalizer<double> norm(fast.tensors, config.epsilon, books);
            const Matrix<double> table = random(symbols, width, 5);
            std::vector<std::int32_t> tokens(steps * batch);
            Rng rng(6);
            for (auto& token : tokens)
                token = static_cast<std::int32_t>(rng.below(symbols + 1)) - 1;
            const bool keep = statistics == Statistics::train;
            twin.begin(steps, batch, keep, 1);
            norm.begin(table.view(), tokens, {}, steps, batch, keep, members);
            Matrix<double> wanted(symbols, width), gradient(symbols, width), others = gradient;
            const std::vector<MatrixView<double>> gradients{gradient.view(), others.view()};
            for (std::size_t t = 0; t < steps; ++t) {
                Matrix<double> x(batch, width), y(batch, width), fastY(batch, width);
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; j < width; ++j) {
                        const std::int32_t token = tokens[t * batch + b];
                        x(b, j) = token < 0 ? 0 : table(static_cast<std::size_t>(token), j);
                    }
                const Matrix<double> dy = random(batch, width, 20 + t);
                twin.forward({t, statistics}, x.view(), x.view(), y.view());
                if (keep) {
                    Matrix<double> dx(batch, width);
                    twin.backward({t, statistics}, dy.view(), x.view(), dx.view());
                    for (std::size_t b = 0; b < batch; ++b)
                        for (std::size_t j = 0; tokens[t * batch + b] >= 0 && j < width; ++j)
                            wanted(static_cast<std::size_t>(tokens[t * batch + b]), j) += dx(b, j);
                }
                for (std::size_t m = 0; m < members; ++m) {
                    const NormalizerStep step{t, statistics, m, m * batch / members};
                    const std::size_t rows = batch / members;
                    norm.measure(step);
                    norm.forward(step, fastY.view().rowRange(step.firstRow, rows));
                }
                for (std::size_t m = 0; keep && m < members; ++m) {
                    const NormalizerStep step{t, statistics, m, m * batch / members};
                    norm.recall(step);
                    norm.backward(step, dy.view().rowRange(step.firstRow, batch / members),
                                  gradients[m]);
                }
                for (std::size_t i = 0; i < y.size(); ++i)
                    EXPECT_NEAR(fastY.data()[i], y.data()[i], 1e-12);
            }
            for (std::size_t i = 0; i < general.mean.size(); ++i) {
                EXPECT_NEAR(fast.mean.data()[i], general.mean.data()[i], 1e-12);
                EXPECT_NEAR(fast.variance.data()[i], general.variance.data()[i], 1e-12);
            }
            if (!keep) continue;
            twin.finishBackward();
            for (std::size_t m = 0; m < members; ++m) norm.finishBackward(m, gradients);
            for (std::size_t i = 0; i < gradient.size(); ++i)
                EXPECT_NEAR(gradient.data()[i], wanted.data()[i], 1e-9);
            for (std::size_t j = 0; j < width; ++j) {
                EXPECT_NEAR(fast.gainGradient[j], general.gainGradient[j], 1e-10);
                EXPECT_NEAR(fast.shiftGradient[j], general.shiftGradient[j], 1e-10);
            }
        }
}

TEST(Normalizer, RefusesUnknownMethods) {
    NormalizationConfig config;
    config.method = "group";
    EXPECT_THROW(makeNormalizer<double>(config, {}), InputError);
}

}  // namespace
}  // namespace bitloom
