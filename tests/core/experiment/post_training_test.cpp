#include "experiment/post_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "core/experiment/temporary_folder.h"
#include "experiment/library.h"
#include "experiment/size.h"
#include "experiment/start.h"
#include "experiment/worker.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A small trained network; made once.
class PostTrainingTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        s_folder = new TemporaryFolder;
        s_run = createRun(s_folder->path(), parseSpec(R"({"name":"trained",
            "dataset":{"name":"grammar","size":40000},"model":{"hidden":16},
            "normalization":{"method":"weight"},
            "training":{"batch":8,"window":20,"steps":40,"threads":1,"validate_every":20,
                        "evaluation_limit":3,"learning_rate":0.01},
            "probes":{"every":0}})",
                                                      "test"));
        runWorker(s_run, {});
    }
    static void TearDownTestSuite() {
        delete s_folder;
        s_folder = nullptr;
    }
    static fs::path library() { return s_folder->path(); }

    static fs::path quantize(const PostTraining& options) {
        const fs::path made =
            createRun(library(), parseSpec(postTrainingSpec(s_run, options), "test"));
        runWorker(made, {});
        return made;
    }

    static TemporaryFolder* s_folder;
    static fs::path s_run;
};
TemporaryFolder* PostTrainingTest::s_folder = nullptr;
fs::path PostTrainingTest::s_run;

/// Full precision "quantized" is the trained network itself: the same numbers to the bit.
TEST_F(PostTrainingTest, FullPrecisionEvaluatesToTheSame) {
    const RunSummary source = readSummary(s_run);
    const RunSummary same = readSummary(quantize({}));
    EXPECT_EQ(same.status, RunStatus::finished);
    EXPECT_EQ(same.step, 0);
    EXPECT_EQ(same.best, source.best);
    EXPECT_EQ(same.test, source.test);
}

TEST_F(PostTrainingTest, MoreBitsLoseLess) {
    const RunSummary source = readSummary(s_run);
    std::vector<double> lost;
    for (const int bits : {1, 2, 4, 8}) {
        PostTraining options;
        options.method = "alternating";
        options.bits = bits;
        const RunSummary summary = readSummary(quantize(options));
        ASSERT_TRUE(summary.test.has_value());
        lost.push_back(*summary.test - *source.test);
        EXPECT_LT(summary.size.recurrentBytes, source.size.recurrentBytes);
    }
    EXPECT_GT(lost[0], lost[2]);
    EXPECT_NEAR(lost[3], 0, 0.01);
}

/// Every method of the catalog either runs or says why this network cannot have it.
TEST_F(PostTrainingTest, EveryMethodRunsOrIsRefused) {
    std::size_t ran = 0;
    std::size_t refused = 0;
    PostTraining options;
    options.at = "last";  // with Adam's v for the loss-aware ones
    for (const PostTraining& one : everyMethod(options)) {
        const std::string text = postTrainingSpec(s_run, one);
        if (const auto problems = validateSpec(text); !problems.empty()) {
            EXPECT_TRUE(one.method == "sbn" || one.method == "stn")
                << one.method << ": " << problems.front().message;
            ++refused;
            continue;
        }
        const fs::path made = quantize(one);
        const RunSummary summary = readSummary(made);
        EXPECT_EQ(summary.status, RunStatus::finished) << one.method << one.bits;
        EXPECT_TRUE(summary.test.has_value()) << one.method;
        EXPECT_TRUE(fs::exists(made / "best.safetensors"));
        ++ran;
    }
    EXPECT_EQ(refused, 2u);
    EXPECT_GT(ran, 30u);
}

/// The tested network is the validated one, second moments included: evaluating the files of the
/// run gives what its summary says. A second worker pass over the same folder changes nothing.
TEST_F(PostTrainingTest, LossAwareRunsAreReproducible) {
    PostTraining options;
    options.method = "lab";
    options.at = "last";
    const fs::path first = quantize(options);
    const RunSummary summary = readSummary(first);
    WorkerOptions again;
    again.resume = false;
    const RunSummary repeated = runWorker(first, again);
    EXPECT_EQ(repeated.best, summary.best);
    EXPECT_EQ(repeated.test, summary.test);
    // v matters: with v = 1 (best weights of a full-precision run) LAB is BWN.
    PostTraining bwn = options;
    bwn.method = "bwn";
    EXPECT_NE(readSummary(quantize(bwn)).test, summary.test);
    bwn.at = options.at = "best";
    EXPECT_EQ(readSummary(quantize(bwn)).test, readSummary(quantize(options)).test);
}

TEST_F(PostTrainingTest, SpecKeepsTheNetworkAndSaysWhereItCameFrom) {
    PostTraining options;
    options.method = "twn";
    options.granularity = "row";
    options.assignments = {"quantizer.tensors=weight_hh", "quantizer.threshold=0.5"};
    const Spec spec = parseSpec(postTrainingSpec(s_run, options), "test");
    EXPECT_EQ(spec.network.normalization.method, "weight");
    EXPECT_EQ(spec.network.quantizer.granularity, Granularity::row);
    EXPECT_FALSE(spec.network.quantizer.weightIh);
    EXPECT_EQ(spec.network.quantizer.threshold, 0.5);
    EXPECT_EQ(spec.training.steps, 0);
    EXPECT_EQ(spec.start.run, utf8(fs::absolute(s_run)));
    EXPECT_THAT(spec.name, HasSubstr("quantized afterwards"));
    options.normalization = "none";
    EXPECT_EQ(parseSpec(postTrainingSpec(s_run, options), "test").network.normalization.method,
              "none");
    EXPECT_THROW(postTrainingSpec(library() / "nowhere", options), InputError);
}

TEST_F(PostTrainingTest, TrainingGoesOnFromIt) {
    PostTraining options;
    options.method = "bwn";
    const fs::path quantized = quantize(options);
    const fs::path tuned =
        createRun(library(), parseSpec(setSpecFields(readFile(quantized / "spec.json"),
                                                     {"name=tuned", "training.steps=20",
                                                      "start.run=" + utf8(quantized.filename())}),
                                       "test"));
    const RunSummary summary = runWorker(tuned, {});
    EXPECT_EQ(summary.status, RunStatus::finished);
    EXPECT_EQ(summary.step, 20);
    // Its first validation, before any step, is the quantized network's.
    RunTail tail(tuned);
    const auto rows = tail.poll().metrics;
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front().kind, MetricRow::Kind::valid);
    EXPECT_EQ(rows.front().step, 0);
    EXPECT_EQ(rows.front().value, readSummary(quantized).best);
    EXPECT_LT(*summary.best, *readSummary(quantized).best);
}

TEST_F(PostTrainingTest, TheFolderHoldsItsStart) {
    PostTraining options;
    options.method = "bwn";
    const fs::path made = createRun(library(), parseSpec(postTrainingSpec(s_run, options), "test"));
    const SpecRecord record = readSpecRecord(readFile(made / "spec.json"));
    EXPECT_EQ(record.startHash, sha256OfFile(s_run / "best.safetensors"));
    EXPECT_EQ(readRunSpec(made).start.run, utf8(s_run.filename()));
    EXPECT_EQ(recordedStart(made, readRunSpec(made)), made / "start.safetensors");
    // Without the copy it comes from the library; another file is refused.
    fs::remove(made / "start.safetensors");
    EXPECT_EQ(sha256OfFile(recordedStart(made, readRunSpec(made))), record.startHash);
    fs::copy_file(s_run / "checkpoint.safetensors", made / "start.safetensors",
                  fs::copy_options::overwrite_existing);
    EXPECT_THROW(runWorker(made, {}), InputError);
    EXPECT_EQ(readSummary(made).status, RunStatus::failed);
}

TEST_F(PostTrainingTest, AStartThatDoesNotFitNamesFileAndField) {
    const auto refused = [&](const std::string& assignment) {
        const std::string text =
            setSpecFields(postTrainingSpec(s_run, {}), {assignment, "training.steps=5"});
        try {
            createRun(library(), parseSpec(text, "test"));
        } catch (const InputError& error) {
            return error.field() + " @ " + error.where();
        }
        return std::string("accepted");
    };
    EXPECT_THAT(refused("model.hidden=20"), HasSubstr("model.hidden @ "));
    EXPECT_THAT(refused("model.hidden=20"), HasSubstr("best.safetensors"));
    EXPECT_THAT(refused("model.cell=gru"), HasSubstr("model.cell @ "));
    EXPECT_THAT(refused("model.layers=2"), HasSubstr("model.layers @ "));
    EXPECT_THAT(refused("dataset.name=copy"), HasSubstr("start.run @ "));
    EXPECT_THAT(refused("start.run=nothing"), HasSubstr("start.run @ "));
    const fs::path untrained = createRun(library(), parseSpec(R"({"name":"new"})", "test"));
    EXPECT_THAT(refused("start.run=" + utf8(untrained.filename())), HasSubstr("start.run @ "));
}

TEST(Start, TheFieldIsJudgedByTheRules) {
    const auto problems = validateSpec(R"({"start":{"at":"last"}})");
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems.front().field, "start.at");
    EXPECT_EQ(validateSpec(R"({"start":{"run":"x","at":"first"}})").front().field, "start.at");
    EXPECT_TRUE(validateSpec(R"({"start":{"run":"x","at":"last"}})").empty());
    const Spec spec = parseSpec(R"({"start":{"run":"x","at":"last"}})", "test");
    EXPECT_EQ(parseSpec(writeSpec(spec), "again"), spec);
}

/// The recipes of the paper's alternating rows quantize a trained network, not a drawn one.
TEST(PostTrainingRecipe, StartsFromATrainedRunOfItsFullPrecisionOrNotAtAll) {
    TemporaryFolder folder;
    const auto specOf = [](const std::string& preset, const std::string& training) {
        return parseSpec(R"({"preset":")" + preset +
                             R"(","dataset":{"name":"grammar","size":20000},
            "model":{"hidden":8,"embedding":8},"training":{"batch":4,"window":10,"threads":1,
            "evaluation_limit":2)" +
                             training + R"(},"probes":{"every":0}})",
                         "test");
    };
    Spec asked = specOf("paper/ptb_word_300/alternating_2/none", "");
    EXPECT_EQ(asked.training.steps, 0);
    EXPECT_TRUE(trainedStart(asked, folder.path()).empty());
    try {
        createRun(folder.path(), asked);
        FAIL() << "made of drawn weights";
    } catch (const InputError& error) {
        EXPECT_EQ(error.field(), "start.run");
        EXPECT_THAT(error.message(), HasSubstr("start/ptb_word_300/full"));
    }

    const std::string full = "start/ptb_word_300/full";
    const fs::path untrained = createRun(folder.path(), specOf(full, R"(,"steps":3)"));
    EXPECT_TRUE(trainedStart(asked, folder.path()).empty()) << "not trained yet";
    runWorker(untrained, {});
    EXPECT_EQ(trainedStart(asked, folder.path()), untrained);
    Spec wider = asked;
    wider.network.hidden = 9;
    EXPECT_TRUE(trainedStart(wider, folder.path()).empty()) << "another network";

    asked.start.run = utf8(trainedStart(asked, folder.path()));
    EXPECT_FALSE(missingStart(asked));
    const fs::path made = createRun(folder.path(), asked);
    const RunSummary summary = runWorker(made, {});
    EXPECT_EQ(summary.status, RunStatus::finished);
    EXPECT_EQ(summary.step, 0);
    EXPECT_TRUE(summary.test.has_value());
}

}  // namespace
}  // namespace bitloom
