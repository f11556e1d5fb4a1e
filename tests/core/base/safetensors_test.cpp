#include "base/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <random>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

std::filesystem::path temporaryFile() {
    return std::filesystem::temp_directory_path() /
           ("bitloom-safetensors-" + std::to_string(::getpid()) + ".safetensors");
}

std::string sampleFile() {
    const std::array<float, 6> matrix{1, -2, 3.5f, 0, 1e-30f, 6};
    const std::array<float, 1> scalar{7};
    const std::array<TensorToWrite, 3> tensors{TensorToWrite{"w", {2, 3}, matrix},
                                               TensorToWrite{"empty", {0, 4}, {}},
                                               TensorToWrite{"a.scalar", {}, scalar}};
    writeSafetensors(temporaryFile(), tensors, {{"spec", "{\"x\": 1}"}, {"k", "v"}});
    std::string content = readFile(temporaryFile());
    std::filesystem::remove(temporaryFile());
    return content;
}

std::string withHeader(const std::string& header, const std::string& data = {}) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

TEST(SafetensorsTest, RoundTripKeepsBytesShapesAndMetadata) {
    const Safetensors file = Safetensors::parse(sampleFile(), "here");
    ASSERT_EQ(file.tensors().size(), 3u);
    EXPECT_EQ(file.tensors()[0].name, "a.scalar");
    EXPECT_EQ(file.metadata("spec"), "{\"x\": 1}");
    EXPECT_THROW((void)file.metadata("absent"), InputError);
    std::array<float, 6> matrix{};
    file.copy("w", std::array<std::int64_t, 2>{2, 3}, matrix);
    EXPECT_EQ(matrix, (std::array<float, 6>{1, -2, 3.5f, 0, 1e-30f, 6}));
    EXPECT_THROW(file.copy("w", std::array<std::int64_t, 2>{3, 2}, matrix), InputError);
    EXPECT_THROW(file.copy("none", std::array<std::int64_t, 2>{2, 3}, matrix), InputError);
}

TEST(SafetensorsTest, DataStartsAligned) {
    const std::string content = sampleFile();
    std::uint64_t length = 0;
    std::copy_n(content.data(), 8, reinterpret_cast<char*>(&length));
    EXPECT_EQ(length % 8, 0u);
    EXPECT_EQ(content[8], '{');
}

TEST(SafetensorsTest, MalformedFilesGiveOneClearError) {
    const std::string entry = R"("dtype":"F32","shape":[1],"data_offsets":)";
    const std::string cases[] = {
        "",
        "short",
        std::string(8, '\xff') + "{}",
        withHeader("[]"),
        withHeader("{"),
        withHeader(R"({"a":1})"),
        withHeader("{\"a\":{" + entry + "[0,8]}}", "1234"),
        withHeader("{\"a\":{" + entry + "[4,0]}}", "1234"),
        withHeader("{\"a\":{" + entry + "[-1,3]}}", "1234"),
        withHeader("{\"a\":{" + entry + "[0,4]}}", "12345678"),
        withHeader("{\"a\":{" + entry + "[0,4]},\"b\":{" + entry + "[0,4]}}", "1234"),
        withHeader(R"({"a":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}})", "1234"),
        withHeader(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
        withHeader(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],)"
                   R"("data_offsets":[0,0]}})"),
        withHeader(R"({"__metadata__":{"a":1}})"),
        withHeader(std::string(100000, '[')),
    };
    for (const std::string& content : cases)
        EXPECT_THROW(Safetensors::parse(content, "f"), InputError) << content.substr(0, 80);
}

TEST(SafetensorsTest, RandomMutationsNeverCrash) {
    const std::string good = sampleFile();
    std::mt19937 engine(7);  // the base room has no generator of its own
    const auto below = [&](std::size_t n) { return engine() % n; };
    int refused = 0;
    for (int i = 0; i < 500; ++i) {
        std::string bad = good;
        if (i % 3 == 0) bad.resize(below(good.size()));
        for (std::size_t k = 0, n = 1 + below(4); k < n && !bad.empty(); ++k)
            bad[below(bad.size())] = static_cast<char>(below(256));
        try {
            Safetensors::parse(bad, "mutated");
        } catch (const InputError& error) {
            ++refused;
            EXPECT_NE(std::string(error.what()).find("mutated"), std::string::npos);
        }
    }
    EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace bitloom
