// The forms of batch norm for one-hot inputs and for single numbers against the general one on the
// pre-activations they stand for: two members' shares against one, forward, back and with every
// kind of statistics.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/norm/support.h"
#include "math/rng.h"
#include "norm/batch.h"
#include "norm/scalar_batch.h"
#include "norm/token_batch.h"

namespace bitloom {
namespace {

using namespace test;

constexpr std::size_t steps = 3, batch = 6, members = 2, share = batch / members;

NormalizerStep stepOf(std::size_t t, Statistics statistics, std::size_t member) {
    return {t, statistics, member, member * share, nullptr};
}

void expectNear(MatrixView<const double> is, MatrixView<const double> wanted, double tolerance) {
    for (std::size_t r = 0; r < is.rows; ++r)
        for (std::size_t j = 0; j < is.cols; ++j)
            ASSERT_NEAR(is(r, j), wanted(r, j), tolerance) << r << ", " << j;
}

/// The general normalizer and what a form of inputs shares with it.
struct Pair {
    Pair(const std::string& method, std::size_t width)
        : general(width, method == "batch_shared" ? 1 : 2),
          fast(width, method == "batch_shared" ? 1 : 2),
          bias(random(1, width, 9)) {
        config.method = method;
    }

    /// Forward over all steps. `begin` and `at` are the form's begin() and formOf().
    template <class Form, class Begin, class At>
    void forward(Form& form, Statistics statistics, bool keep, Begin begin, At at) {
        twin.begin(steps, batch, keep, 1);
        begin(statistics, keep);
        y.resize(batch, fast.gain.size());
        for (std::size_t t = 0; t < steps; ++t) {
            normal[t] = a[t];
            twin.forward({t, statistics}, normal[t].view(), normal[t].view(), y.view());
            for (std::size_t m = 0; m < members; ++m) {
                const NormalizerStep step = stepOf(t, statistics, m);
                form.measure(step);
                const Matrix<double> read = at(step);
                for (std::size_t b = 0; b < share; ++b)
                    for (std::size_t j = 0; j < y.cols(); ++j)
                        ASSERT_NEAR(read(b, j), y(step.firstRow + b, j) + bias(0, j), 1e-12);
            }
        }
    }

    void expectBooks() {
        expectNear(fast.mean.view(), general.mean.view(), 1e-12);
        expectNear(fast.variance.view(), general.variance.view(), 1e-12);
    }
    void expectGradients() {
        twin.finishBackward();
        for (std::size_t j = 0; j < fast.gain.size(); ++j) {
            EXPECT_NEAR(fast.gainGradient[j], general.gainGradient[j], 1e-10);
            EXPECT_NEAR(fast.shiftGradient[j], general.shiftGradient[j], 1e-10);
        }
    }

    Fixture general, fast;
    NormalizationConfig config;
    Matrix<double> bias;
    BatchNormalizer<double> twin{general.tensors, config}, books{fast.tensors, config};
    Matrix<double> a[steps], normal[steps], y;  ///< pre-activations and what they become
};

/// Every kind of statistics, one after the other; pass(statistics, keep).
template <class Pass>
void withAllStatistics(Pair& pair, Pass pass) {
    pass(Statistics::train, false);
    pair.expectBooks();
    pass(Statistics::running, false);
    for (BatchNormalizer<double>* norm : {&pair.twin, &pair.books}) norm->beginAverage();
    pass(Statistics::batch, false);
    for (BatchNormalizer<double>* norm : {&pair.twin, &pair.books}) norm->endAverage(true);
    pair.expectBooks();
    pass(Statistics::average, false);
    pass(Statistics::per_step, false);
}

TEST(InputForms, TokensEqualGatheredRows) {
    constexpr std::size_t symbols = 5;
    for (const char* method : {"batch_shared", "batch_separate"})
        for (const std::size_t width : {4u, 20u}) {  // 4: one member has no columns of its own
            SCOPED_TRACE(testing::Message() << method << " " << width);
            Pair pair(method, width);
            TokenBatchNormalizer<double> form(pair.fast.tensors, pair.config.epsilon, pair.books);
            const Matrix<double> table = random(symbols, width, 5);
            std::vector<std::int32_t> tokens(steps * batch);
            Rng rng(6);
            for (auto& token : tokens)
                token = static_cast<std::int32_t>(rng.below(symbols + 1)) - 1;
            const auto rowOf = [&](std::size_t t, std::size_t b, std::size_t j) {
                const std::int32_t token = tokens[t * batch + b];
                return token < 0 ? 0 : table(static_cast<std::size_t>(token), j);
            };
            for (std::size_t t = 0; t < steps; ++t) {
                pair.a[t].resize(batch, width);
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; j < width; ++j) pair.a[t](b, j) = rowOf(t, b, j);
            }
            const auto pass = [&](Statistics statistics, bool keep) {
                pair.forward(
                    form, statistics, keep,
                    [&](Statistics, bool keeps) {
                        form.begin(table.view(), tokens, pair.bias.span(), steps, batch, keeps,
                                   members);
                    },
                    [&](const NormalizerStep& step) {
                        const auto at = form.formOf(step.member);
                        Matrix<double> read(share, width), whole(share, width);
                        form.forward(step, whole.view());
                        for (std::size_t b = 0; b < share; ++b)
                            for (std::size_t j = 0; j < width; ++j) {
                                read(b, j) = at.factor[j] * rowOf(step.t, step.firstRow + b, j) +
                                             at.offset[j];
                                EXPECT_NEAR(whole(b, j) + pair.bias(0, j), read(b, j), 1e-12);
                            }
                        return read;
                    });
            };
            withAllStatistics(pair, pass);
            pass(Statistics::train, true);
            Matrix<double> wanted(symbols, width), gradient(symbols, width), others = gradient;
            const std::vector<MatrixView<double>> gradients{gradient.view(), others.view()};
            for (std::size_t t = steps; t-- > 0;) {
                const Matrix<double> dy = random(batch, width, 20 + t);
                Matrix<double> da(batch, width);
                pair.twin.backward({t}, dy.view(), pair.normal[t].view(), da.view());
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; tokens[t * batch + b] >= 0 && j < width; ++j)
                        wanted(static_cast<std::size_t>(tokens[t * batch + b]), j) += da(b, j);
                for (std::size_t m = 0; m < members; ++m) {
                    const NormalizerStep step = stepOf(t, Statistics::train, m);
                    form.recall(step);
                    form.backward(step, dy.view().rowRange(step.firstRow, share), gradients[m]);
                }
            }
            for (std::size_t m = 0; m < members; ++m) form.finishBackward(m, gradients);
            expectNear(gradient.view(), wanted.view(), 1e-9);
            pair.expectGradients();
        }
}

TEST(InputForms, NumbersEqualTheirProducts) {
    for (const char* method : {"batch_shared", "batch_separate"})
        for (const std::size_t width : {4u, 20u}) {
            SCOPED_TRACE(testing::Message() << method << " " << width);
            Pair pair(method, width);
            ScalarBatchNormalizer<double> form(pair.fast.tensors, pair.config.epsilon, pair.books);
            const Matrix<double> w = random(1, width, 5), x = random(steps, batch, 6);
            for (std::size_t t = 0; t < steps; ++t) {
                pair.a[t].resize(batch, width);
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; j < width; ++j) pair.a[t](b, j) = w(0, j) * x(t, b);
            }
            const auto pass = [&](Statistics statistics, bool keep) {
                pair.forward(
                    form, statistics, keep,
                    [&](Statistics which, bool keeps) {
                        form.begin(w.span(), x.span(), pair.bias.span(), steps, batch, which, keeps,
                                   members);
                    },
                    [&](const NormalizerStep& step) {
                        Matrix<double> read(share, width);
                        form.forward(step, read.view());
                        return read;
                    });
            };
            withAllStatistics(pair, pass);
            pass(Statistics::train, true);
            Matrix<double> wanted(1, width), dw(1, width);
            for (std::size_t t = steps; t-- > 0;) {
                const Matrix<double> dy = random(batch, width, 20 + t);
                Matrix<double> da(batch, width);
                pair.twin.backward({t}, dy.view(), pair.normal[t].view(), da.view());
                for (std::size_t b = 0; b < batch; ++b)
                    for (std::size_t j = 0; j < width; ++j) wanted(0, j) += da(b, j) * x(t, b);
                for (std::size_t m = 0; m < members; ++m) {
                    const NormalizerStep step = stepOf(t, Statistics::train, m);
                    form.recall(step);
                    form.backward(step, dy.view().rowRange(step.firstRow, share));
                }
            }
            form.finishBackward(dw.span());
            expectNear(dw.view(), wanted.view(), 1e-9);
            pair.expectGradients();
        }
}

}  // namespace
}  // namespace bitloom
