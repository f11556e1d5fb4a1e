#include "experiment/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "data/dataset.h"
#include "norm/config.h"
#include "quant/registry.h"
#include "train/config.h"

namespace bitloom {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::vector<const std::vector<Entry>*>& tables() {
    static const std::vector<const std::vector<Entry>*> all = {
        &quantizerEntries(), &normalizationEntries(), &cellEntries(),
        &datasetEntries(),   &optimizerEntries(),     &scheduleEntries()};
    return all;
}

TEST(Catalog, QuantizersAgreeWithTheRegistry) {
    const auto& entries = quantizerEntries();
    ASSERT_EQ(entries.size(), 21u);
    EXPECT_EQ(entries.front().name, "");
    ASSERT_EQ(quantizerMethods().size() + 1, entries.size());
    for (const QuantizerMethod& method : quantizerMethods()) {
        const Entry* entry = findEntry(entries, method.name);
        ASSERT_NE(entry, nullptr) << method.name;
        EXPECT_EQ(entry->bits, method.bits) << method.name;
    }
}

TEST(Catalog, EveryQuantizerIsAcceptedWithItsBitsAndRefusedWithOthers) {
    for (const Entry& entry : quantizerEntries()) {
        if (entry.name.empty()) continue;
        for (int bits = 1; bits <= 8; ++bits) {
            QuantizerConfig config;
            config.method = entry.name;
            config.bits = bits;
            const bool has =
                std::find(entry.bits.begin(), entry.bits.end(), bits) != entry.bits.end();
            EXPECT_EQ(!refuseQuantizer(config).has_value(), has) << entry.name << " " << bits;
        }
    }
}

TEST(Catalog, EveryDatasetIsKnownToTheDataRoom) {
    for (const Entry& entry : datasetEntries()) {
        DatasetConfig config;
        config.name = entry.name;
        if (entry.name == "text_file") continue;  // needs a file
        EXPECT_EQ(describeDataset(config).name, entry.name);
    }
    DatasetConfig unknown;
    unknown.name = "no_such_set";
    EXPECT_THROW(describeDataset(unknown), InputError);
}

TEST(Catalog, EntriesAreCompleteAndUnique) {
    for (const auto* table : tables()) {
        std::set<std::string> seen;
        for (const Entry& entry : *table) {
            EXPECT_TRUE(seen.insert(entry.name).second) << entry.name;
            EXPECT_FALSE(entry.label.empty()) << entry.name;
            EXPECT_FALSE(entry.summary.empty()) << entry.name;
            for (const std::string& key : entry.options)
                EXPECT_NE(findOption(key), nullptr) << entry.name << " names " << key;
        }
    }
}

TEST(Catalog, OptionsAreCompleteUniqueAndTheirDefaultsInRange) {
    std::set<std::string> seen;
    for (const Option& option : specOptions()) {
        EXPECT_TRUE(seen.insert(option.key).second) << option.key;
        EXPECT_FALSE(option.label.empty()) << option.key;
        EXPECT_FALSE(option.help.empty()) << option.key;
        const auto value = nlohmann::json::parse(option.fallback, nullptr, false);
        ASSERT_FALSE(value.is_discarded()) << option.key;
        if (value.is_null()) {
            EXPECT_TRUE(option.nullable) << option.key;
            continue;
        }
        if (option.type == OptionType::integer || option.type == OptionType::real) {
            EXPECT_LT(option.least, option.most + 1) << option.key;
            EXPECT_GE(value.get<double>(), option.least) << option.key;
            EXPECT_LE(value.get<double>(), option.most) << option.key;
        }
        if (option.type == OptionType::choice) {
            EXPECT_THAT(option.choices, Contains(value.get<std::string>())) << option.key;
        }
    }
}

TEST(Catalog, NearestNameIsTheOneThatWasMeant) {
    const std::vector<std::string> names = {"twn", "ttq", "binary_connect", "ter_connect"};
    EXPECT_EQ(nearestName("binaryconnect", names), "binary_connect");
    EXPECT_EQ(nearestName("tvn", names), "twn");
    EXPECT_EQ(nearestName(std::string(100000, 'x'), names).empty(), false);
    EXPECT_EQ(nearestName("twn", {}), "");
}

}  // namespace
}  // namespace bitloom
