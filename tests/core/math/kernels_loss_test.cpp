#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "core/math/support.h"
#include "math/kernels.h"

namespace bitloom {
namespace {

using namespace test;

std::vector<std::int32_t> drawTargets(Shape shape, Rng& rng) {
    std::vector<std::int32_t> targets(shape.rows);
    for (auto& target : targets)
        target =
            static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(shape.cols + 1))) - 1;
    return targets;
}

TEST(SoftmaxCrossEntropy, FastEqualsPlain) {
    onEveryTarget([] {
        for (const Shape shape : shapes) {
            SCOPED_TRACE(testing::Message() << shape.rows << "x" << shape.cols);
            Rng rng(41, shape.cols), again(41, shape.cols);
            const auto fast = Guarded<float>::random(shape.rows, shape.cols, rng, 5);
            const auto plain = Guarded<double>::random(shape.rows, shape.cols, again, 5);
            const auto targets = drawTargets(shape, rng);
            Guarded<float> fastGradient(shape.rows, shape.cols);
            Guarded<double> plainGradient(shape.rows, shape.cols);
            const auto a = kernels::softmaxCrossEntropy<float>(fast.view(), targets, 0.5f,
                                                               fastGradient.view());
            const auto b = kernels::softmaxCrossEntropy<double>(plain.view(), targets, 0.5,
                                                                plainGradient.view());
            EXPECT_NEAR(a.nats, b.nats, 2e-6 * (1 + b.nats));
            EXPECT_EQ(a.targets, b.targets);
            EXPECT_EQ(a.correct, b.correct);
            expectClose(fastGradient, plainGradient, 1e-6, "gradient");
            // Without a gradient, and in place.
            const auto only = kernels::softmaxCrossEntropy<float>(fast.view(), targets, 0.5f, {});
            EXPECT_EQ(only.nats, a.nats);
            auto place = fast;
            kernels::softmaxCrossEntropy<float>(place.view(), targets, 0.5f, place.view());
            expectClose(place, plainGradient, 1e-6, "in place");
            // A bias counts as if the logits had it.
            const auto bias = Guarded<float>::random(1, shape.cols, rng, 3);
            Guarded<double> plainBias(1, shape.cols);
            for (std::size_t j = 0; j < shape.cols; ++j) plainBias(0, j) = bias(0, j);
            const auto biased = kernels::softmaxCrossEntropy<float>(
                fast.view(), targets, 0.5f, fastGradient.view(), bias.span());
            auto sums = plain;
            for (std::size_t r = 0; r < shape.rows; ++r)
                for (std::size_t j = 0; j < shape.cols; ++j) sums(r, j) += plainBias(0, j);
            const auto expected = kernels::softmaxCrossEntropy<double>(sums.view(), targets, 0.5,
                                                                       plainGradient.view());
            EXPECT_NEAR(biased.nats, expected.nats, 2e-6 * (1 + expected.nats));
            EXPECT_EQ(biased.correct, expected.correct);
            expectClose(fastGradient, plainGradient, 1e-6, "gradient with a bias");
            kernels::softmaxCrossEntropy<double>(plain.view(), targets, 0.5, sums.view(),
                                                 plainBias.span());
            expectClose(fastGradient, sums, 1e-6, "plain gradient with a bias");
            place = fast;
            kernels::softmaxCrossEntropy<float>(place.view(), targets, 0.5f, place.view(),
                                                bias.span());
            expectClose(place, plainGradient, 1e-6, "in place with a bias");
        }
    });
}

TEST(SoftmaxCrossEntropy, PlainGradientIsNumeric) {
    Rng rng(42);
    auto logits = Guarded<double>::random(4, 5, rng);
    const std::vector<std::int32_t> targets{0, -1, 4, 2};
    Guarded<double> gradient(4, 5);
    kernels::softmaxCrossEntropy<double>(logits.view(), targets, 0.25, gradient.view());
    expectGradient(
        gradient,
        numericGradient(
            logits,
            [&] {
                return 0.25 *
                       kernels::softmaxCrossEntropy<double>(logits.view(), targets, 1.0, {}).nats;
            }),
        "logits");
}

TEST(SoftmaxCrossEntropy, CountsTheFirstLargestAsTheAnswer) {
    onEveryTarget([] {
        Matrix<float> logits(3, 40);
        logits(0, 7) = logits(0, 33) = 2;  // a tie: 7 is the answer
        logits(1, 33) = 2;
        logits(2, 0) = -1;  // ties from 1 on
        const std::vector<std::int32_t> first{7, 33, 1}, other{33, 7, 39};
        EXPECT_EQ(kernels::softmaxCrossEntropy<float>(logits.view(), first, 1.0f, {}).correct, 3);
        EXPECT_EQ(kernels::softmaxCrossEntropy<float>(logits.view(), other, 1.0f, {}).correct, 0);
    });
}

TEST(SoftmaxCrossEntropy, LargeLogitsStayFiniteAndBadOnesShow) {
    onEveryTarget([] {
        Matrix<float> logits(1, 20);
        const std::vector<std::int32_t> target{3};
        logits.fill(-3e38f);
        logits(0, 3) = 3e38f;
        EXPECT_EQ(kernels::softmaxCrossEntropy<float>(logits.view(), target, 1.0f, {}).nats, 0.0);
        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
            for (const std::size_t at : {0u, 3u, 19u}) {
                logits.fill(0);
                logits(0, at) = bad;
                EXPECT_FALSE(std::isfinite(
                    kernels::softmaxCrossEntropy<float>(logits.view(), target, 1.0f, {}).nats));
            }
        logits.fill(-std::numeric_limits<float>::infinity());
        EXPECT_FALSE(std::isfinite(
            kernels::softmaxCrossEntropy<float>(logits.view(), target, 1.0f, {}).nats));
    });
}

TEST(SoftmaxCrossEntropy, RefusesTargetsOutsideTheRow) {
    const Matrix<float> logits(1, 4);
    for (const std::int32_t bad : {4, -2, 1 << 30}) {
        const std::vector<std::int32_t> target{bad};
        EXPECT_THROW(kernels::softmaxCrossEntropy<float>(logits.view(), target, 1.0f, {}),
                     InputError);
    }
}

}  // namespace
}  // namespace bitloom
