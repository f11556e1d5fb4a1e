#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "math/rng.h"
#include "train/clip.h"

namespace bitloom {
namespace {

template <class T>
void fill(ParameterSet<T>& set, Rng& rng) {
    for (Parameter<T>& p : set) {
        for (T& x : p.value.span()) x = static_cast<T>(rng.normal());
        for (T& x : p.gradient.span()) x = static_cast<T>(rng.normal());
    }
}

template <class T>
void addTwo(ParameterSet<T>& set, std::int64_t rows) {
    set.add("rnn.weight_hh_l0", {rows, 7}, Role::latent).quantized = true;
    set.add("decoder.bias", {5}, Role::bias);
    set.add("rnn.norm_hh_l0.running_mean", {3}, Role::statistic, false);
}

// The textbook loop, written once more in double.
struct PlainAdam {
    std::vector<double> m, v;
    int t = 0;
    void step(std::span<double> w, std::span<const double> g, double rate) {
        m.resize(w.size());
        v.resize(w.size());
        ++t;
        for (std::size_t i = 0; i < w.size(); ++i) {
            m[i] = 0.9 * m[i] + 0.1 * g[i];
            v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
            const double mHat = m[i] / (1 - std::pow(0.9, t));
            const double vHat = v[i] / (1 - std::pow(0.999, t));
            w[i] -= rate * mHat / (std::sqrt(vHat) + 1e-8);
        }
    }
};

TEST(AdamTest, FirstStepMovesByTheRateAgainstTheSign) {
    ParameterSet<float> set;
    set.add("w", {3}, Role::weight);
    Parameter<float>& w = set.at("w");
    const float gradients[] = {0.5f, -3.0f, 0.0f};
    std::copy(std::begin(gradients), std::end(gradients), w.gradient.begin());
    const auto adam = makeOptimizer(TrainingConfig{}, set, false);
    adam->step(set, 0.01, 1.0);
    EXPECT_NEAR(w.value[0], -0.01, 1e-7);
    EXPECT_NEAR(w.value[1], 0.01, 1e-7);
    EXPECT_EQ(w.value[2], 0.0f);
    EXPECT_EQ(adam->steps(), 1);
}

TEST(AdamTest, FollowsTheTextbookForManyStepsAndScales) {
    for (const double latentScale : {1.0, 3.0}) {
        TrainingConfig config;
        config.latentScale = latentScale;
        ParameterSet<float> set;
        addTwo(set, 33);
        Rng rng(3);
        fill(set, rng);
        std::vector<double> latent(set.at("rnn.weight_hh_l0").value.begin(),
                                   set.at("rnn.weight_hh_l0").value.end());
        std::vector<double> bias(set.at("decoder.bias").value.begin(),
                                 set.at("decoder.bias").value.end());
        const auto adam = makeOptimizer(config, set, true);
        PlainAdam plainLatent, plainBias;
        for (int step = 0; step < 30; ++step) {
            for (Parameter<float>& p : set)
                for (float& g : p.gradient.span()) g = static_cast<float>(rng.normal());
            const auto scaled = [](const Buffer<float>& g) {
                std::vector<double> out(g.begin(), g.end());
                for (double& x : out) x *= 0.25;
                return out;
            };
            plainLatent.step(latent, scaled(set.at("rnn.weight_hh_l0").gradient),
                             0.002 * latentScale);
            plainBias.step(bias, scaled(set.at("decoder.bias").gradient), 0.002);
            adam->step(set, 0.002, 0.25);
        }
        for (std::size_t i = 0; i < latent.size(); ++i)
            EXPECT_NEAR(set.at("rnn.weight_hh_l0").value[i], latent[i], 2e-6 * latentScale);
        for (std::size_t i = 0; i < bias.size(); ++i)
            EXPECT_NEAR(set.at("decoder.bias").value[i], bias[i], 2e-6);
        // What the loss-aware quantizers see is v itself, without the bias correction.
        const Parameter<float>& v = adam->secondMoments()->at("rnn.weight_hh_l0");
        for (std::size_t i = 0; i < latent.size(); ++i)
            EXPECT_NEAR(v.value[i], plainLatent.v[i], 1e-7);
    }
}

TEST(SgdTest, MomentumAndSecondMomentByHand) {
    TrainingConfig config;
    config.optimizer = "sgd";
    config.momentum = 0.5;
    config.latentScale = 2;
    ParameterSet<double> set;
    set.add("latent", {1}, Role::latent).quantized = true;
    set.add("bias", {1}, Role::bias);
    set.at("latent").value[0] = 1;
    set.at("latent").gradient[0] = 4;
    set.at("bias").gradient[0] = -2;
    const auto sgd = makeOptimizer(config, set, true);
    sgd->step(set, 0.1, 0.5);  // scaled gradients 2 and -1
    EXPECT_DOUBLE_EQ(set.at("latent").value[0], 1 - 0.1 * 2 * 2);
    EXPECT_DOUBLE_EQ(set.at("bias").value[0], 0.1);
    sgd->step(set, 0.1, 0.5);  // buffers 3 and -1.5
    EXPECT_DOUBLE_EQ(set.at("latent").value[0], 1 - 0.4 - 0.1 * 2 * 3);
    EXPECT_DOUBLE_EQ(set.at("bias").value[0], 0.1 + 0.15);
    const ParameterSet<double>* v = sgd->secondMoments();
    ASSERT_NE(v, nullptr);
    EXPECT_EQ(v->size(), 1u) << "only quantized latents need v";
    EXPECT_NEAR(v->at("latent").value[0], 0.001 * 4 + 0.999 * 0.001 * 4, 1e-15);
}

TEST(SgdTest, ReadsTheRowsThatHaveAGradient) {
    TrainingConfig config;
    config.optimizer = "sgd";
    for (const double momentum : {0.0, 0.5}) {
        config.momentum = momentum;
        ParameterSet<double> set;
        Parameter<double>& table = set.add("encoder.weight", {4, 2}, Role::weight);
        table.gradientRows = {1, 3};
        for (const std::size_t i : {2u, 3u, 6u, 7u}) table.gradient[i] = static_cast<double>(i);
        const auto sgd = makeOptimizer(config, set, false);
        sgd->step(set, 0.5, 1);
        for (std::size_t i = 0; i < 8; ++i)
            EXPECT_DOUBLE_EQ(table.value[i], -0.5 * table.gradient[i]) << i;
        EXPECT_DOUBLE_EQ(globalGradientNorm(set), std::sqrt(4.0 + 9 + 36 + 49));
        // What momentum moves on, other rows' too.
        table.gradientRows = {0};
        table.gradient.fill(0);
        table.gradient[1] = 1;
        sgd->step(set, 0.5, 1);
        EXPECT_DOUBLE_EQ(table.value[1], -0.5);
        EXPECT_DOUBLE_EQ(table.value[7], -0.5 * 7 * (1 + momentum));
    }
}

TEST(SgdTest, KeepsNothingItDoesNotNeed) {
    TrainingConfig config;
    config.optimizer = "sgd";
    ParameterSet<float> set;
    addTwo(set, 2);
    EXPECT_TRUE(makeOptimizer(config, set, false)->moments().empty());
    EXPECT_EQ(makeOptimizer(config, set, false)->secondMoments(), nullptr);
    EXPECT_EQ(makeOptimizer(config, set, true)->moments().size(), 1u);
}

TEST(OptimizerTest, UnknownNameIsRefused) {
    TrainingConfig config;
    config.optimizer = "adamw";
    ParameterSet<float> set;
    EXPECT_THROW(makeOptimizer(config, set, false), InputError);
}

TEST(ClipTest, OneNormOverEveryGradient) {
    ParameterSet<float> set;
    addTwo(set, 2);
    double expected = 0;
    Rng rng(5);
    fill(set, rng);
    for (const Parameter<float>& p : set)
        for (const float g : p.gradient.span()) expected += static_cast<double>(g * g);
    expected = std::sqrt(expected);
    EXPECT_NEAR(globalGradientNorm(set), expected, 1e-5);
    EXPECT_DOUBLE_EQ(clipFactor(2, 5), 1);
    EXPECT_DOUBLE_EQ(clipFactor(10, 5), 5 / (10 + 1e-6));
    EXPECT_DOUBLE_EQ(clipFactor(10, 0), 1) << "0 turns clipping off";
    set.at("decoder.bias").gradient[0] = std::nanf("");
    EXPECT_TRUE(std::isnan(globalGradientNorm(set)));
}

TEST(ClipTest, LatentWeightsOnlyAndToOne) {
    ParameterSet<float> set;
    addTwo(set, 1);
    set.at("rnn.weight_hh_l0").value[0] = 3;
    set.at("rnn.weight_hh_l0").value[1] = -1.5f;
    set.at("rnn.weight_hh_l0").value[2] = 0.5f;
    set.at("decoder.bias").value[0] = 3;
    clipLatentWeights(set);
    EXPECT_EQ(set.at("rnn.weight_hh_l0").value[0], 1.0f);
    EXPECT_EQ(set.at("rnn.weight_hh_l0").value[1], -1.0f);
    EXPECT_EQ(set.at("rnn.weight_hh_l0").value[2], 0.5f);
    EXPECT_EQ(set.at("decoder.bias").value[0], 3.0f);
}

}  // namespace
}  // namespace bitloom
