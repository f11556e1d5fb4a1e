// Reference files that are not what they should be give one InputError each, and nothing else.

#include "probe/verify.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "math/rng.h"

namespace bitloom {
namespace {

using Json = nlohmann::json;

std::string goodCase() {
    return readFile(BITLOOM_SOURCE_DIR "/tests/data/vectors/lstm-l1-full-none.json");
}

std::filesystem::path write(const std::string& content) {
    const auto path = std::filesystem::path(BITLOOM_BINARY_DIR) / "verify_test_case.json";
    writeFileAtomically(path, content);
    return path;
}

TEST(Verify, NamesTheFaultyField) {
    const struct {
        const char* field;
        Json::json_pointer where;
        Json value;
    } cases[] = {
        {"spec", Json::json_pointer("/spec/hidden"), 30000},
        {"spec.hidden", Json::json_pointer("/spec/hidden"), 2000000000},
        {"spec.hidden", Json::json_pointer("/spec/hidden"), -1},
        {"spec.layers", Json::json_pointer("/spec/layers"), 1.5},
        {"spec.cell", Json::json_pointer("/spec/cell"), "rnn"},
        {"spec.quantizer", Json::json_pointer("/spec/quantizer"), "nothing"},
        {"spec", Json::json_pointer("/spec/normalization"), "group"},
        {"inputs", Json::json_pointer("/inputs/0/0"), 99},
        {"inputs", Json::json_pointer("/inputs/0"), Json::array({1})},
        {"targets", Json::json_pointer("/targets"), "none"},
        {"parameters.decoder.bias", Json::json_pointer("/parameters/decoder.bias"),
         Json::array({1})},
        {"parameters.decoder.bias", Json::json_pointer("/parameters/decoder.bias/0"), nullptr},
        {"parameters.extra", Json::json_pointer("/parameters/extra"), Json::array({1})},
        {"expected.loss", Json::json_pointer("/expected/loss"), "small"},
        {"expected.logits", Json::json_pointer("/expected/logits"), Json::array({1, 2})},
        {"expected.lambda", Json::json_pointer("/expected/lambda"), Json::array()},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.field);
        Json content = Json::parse(goodCase());
        content[c.where] = c.value;
        try {
            verifyCase<float>(write(content.dump()));
            ADD_FAILURE() << "accepted";
        } catch (const InputError& error) {
            EXPECT_EQ(error.field(), c.field) << error.what();
        }
    }
}

TEST(Verify, EveryMissingFieldIsAnError) {
    const Json good = Json::parse(goodCase());
    const auto drop = [&](const Json::json_pointer& parent) {
        for (const auto& [key, value] : good[parent].items()) {
            if (key == "lambda") continue;  // optional: only plain LSTMs have it
            Json content = good;
            content[parent].erase(key);
            EXPECT_THROW(verifyCase<float>(write(content.dump())), InputError) << key;
        }
    };
    drop(Json::json_pointer(""));
    drop(Json::json_pointer("/spec"));
    drop(Json::json_pointer("/parameters"));
    drop(Json::json_pointer("/expected"));
}

TEST(Verify, DamagedBytesNeverCrash) {
    const std::string good = goodCase();
    Rng rng(4);
    for (int i = 0; i < 150; ++i) {
        std::string content = good;
        if (i % 3 == 0) content.resize(rng.below(static_cast<std::uint32_t>(content.size())));
        for (int k = 0; k < 3 && !content.empty(); ++k)
            content[rng.below(static_cast<std::uint32_t>(content.size()))] =
                "0123456789-.,:[]{}eE\"n"[rng.below(22)];
        try {
            verifyCase<float>(write(content));
        } catch (const InputError& error) {
            EXPECT_FALSE(std::string(error.what()).empty());
        }
    }
    EXPECT_THROW(verifyCase<float>(write(std::string(100000, '['))), InputError);
    EXPECT_THROW(verifyCase<float>("/nowhere/case.json"), InputError);
}

TEST(Verify, AWrongNumberIsFound) {
    for (const char* where :
         {"/expected/loss", "/expected/logits/1/0/2", "/expected/gradients/decoder.bias/1",
          "/expected/evaluation_loss", "/expected/parameters_after_adam/decoder.weight/0/1",
          "/expected/state_gradient_norms/0/1", "/expected/lambda/0/lambda_1"}) {
        Json content = Json::parse(goodCase());
        Json& number = content[Json::json_pointer(where)];
        number = number.get<double>() * 1.1 + 0.01;
        const VerifyResult result = verifyCase<float>(write(content.dump()));
        EXPECT_FALSE(result.passed()) << where;
        EXPECT_FALSE(result.holds()) << where;
    }
}

/// Cases beyond floats (made by oracle/make_vectors.py with 3 or 4 units): doubles meet the
/// tolerance, floats come as near as they can, and a wrong number is still found.
TEST(Verify, SaysWhatFloatsCannotHold) {
    const struct {
        const char* file;
        bool doublesPass;
        const char* note;
    } cases[] = {
        {"cancels.json", true, "nearly cancels"},
        {"moves.json", true, "within its last place"},
        {"zero.json", false, "nearly cancels"},
    };
    for (const auto& c : cases) {
        SCOPED_TRACE(c.file);
        const auto path =
            std::filesystem::path(BITLOOM_SOURCE_DIR "/tests/data/conditioning") / c.file;
        const VerifyResult single = verifyCase<float>(path);
        EXPECT_FALSE(single.passed());
        EXPECT_TRUE(single.holds()) << single.note;
        EXPECT_NE(single.note.find(c.note), std::string::npos) << single.note;
        const VerifyResult twin = verifyCase<double>(path);
        EXPECT_EQ(twin.passed(), c.doublesPass) << twin.worst;
        EXPECT_TRUE(twin.holds()) << twin.note;
        for (const char* where : {"/expected/loss", "/expected/gradients/decoder.bias/1"}) {
            Json content = Json::parse(readFile(path));
            Json& number = content[Json::json_pointer(where)];
            number = number.get<double>() * 1.01 + 0.001;
            EXPECT_FALSE(verifyCase<float>(write(content.dump())).holds()) << where;
            EXPECT_FALSE(verifyCase<double>(write(content.dump())).holds()) << where;
        }
    }
}

}  // namespace
}  // namespace bitloom
