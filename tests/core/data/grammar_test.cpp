#include "data/grammar.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "fixture.h"

namespace bitloom {
namespace {

using Symbols = std::vector<std::vector<Grammar::Rule>>;
using Tokens = std::set<std::string>;

/// A few words a class, so that all sentences can be written out.
const Lexicon tiny{{"child/children", "fox/foxes"}, {"runs/run"}, {"sees/see"}, {"old"}, {"today"}};

/// All texts of a symbol from the given one on, with their probabilities: plain recursion over the
/// rules, written without the class's own sums.
std::vector<std::pair<std::string, double>> enumerate(const Symbols& symbols, int symbol) {
    std::vector<std::pair<std::string, double>> all;
    for (const Grammar::Rule& rule : symbols[static_cast<std::size_t>(symbol)]) {
        std::vector<std::pair<std::string, double>> texts{{"", rule.probability}};
        for (const Grammar::Part& part : rule.parts) {
            std::vector<std::pair<std::string, double>> inner{{part.token, 1.0}};
            if (part.symbol >= 0) inner = enumerate(symbols, part.symbol);
            std::vector<std::pair<std::string, double>> longer;
            for (const auto& [head, p] : texts)
                for (const auto& [tail, q] : inner) longer.emplace_back(head + tail, p * q);
            texts = std::move(longer);
        }
        all.insert(all.end(), texts.begin(), texts.end());
    }
    return all;
}

TEST(Grammar, EntropyEqualsThatOfAllSentencesWrittenOut) {
    for (const int depth : {0, 1}) {
        const Grammar grammar(tiny, depth);
        double total = 0, entropy = 0, length = 0;
        std::set<std::string> texts;
        for (const auto& [text, p] : enumerate(grammar.symbols(), 0)) {
            EXPECT_TRUE(texts.insert(text).second) << "two derivations of " << text;
            total += p;
            entropy -= p * std::log2(p);
            length += p * static_cast<double>(text.size());
            if (texts.size() % 50 == 0) {
                ASSERT_TRUE(grammar.logProbability(text).has_value()) << text;
                EXPECT_NEAR(*grammar.logProbability(text), std::log2(p), 1e-9) << text;
            }
        }
        EXPECT_GT(texts.size(), 50u);
        EXPECT_NEAR(total, 1, 1e-9);
        EXPECT_NEAR(grammar.sentenceEntropy(), entropy, 1e-9);
        EXPECT_NEAR(grammar.sentenceLength(), length, 1e-9);
    }
}

TEST(Grammar, RandomEstimateMeetsTheExactRate) {
    const Grammar& grammar = Grammar::standard();
    Rng rng(7);
    const int sentences = 40000;
    double bits = 0, length = 0, ratioError = 0;
    for (int i = 0; i < sentences; ++i) {
        const std::string text = grammar.sentence(rng);
        const auto logProbability = grammar.logProbability(text);
        ASSERT_TRUE(logProbability.has_value()) << text;
        bits -= *logProbability;
        length += static_cast<double>(text.size());
        const double residual =
            -*logProbability - grammar.entropyRate() * static_cast<double>(text.size());
        ratioError += residual * residual;
    }
    // Four standard errors of the ratio.
    const double bound = 4 * std::sqrt(ratioError) / length;
    EXPECT_LT(bound, 0.005);
    EXPECT_NEAR(bits / length, grammar.entropyRate(), bound);
}

bool isWord(const std::string& token) {
    return token[0] >= 'a' && token[0] <= 'z';
}

/// FIRST and FOLLOW of every symbol by the textbook's fixed point; "" in FIRST means nullable.
struct Sets {
    std::vector<Tokens> first, follow, last;
};

Sets setsOf(const Symbols& symbols) {
    Sets sets{std::vector<Tokens>(symbols.size()), std::vector<Tokens>(symbols.size()),
              std::vector<Tokens>(symbols.size())};
    bool changed = true;
    const auto add = [&changed](Tokens& into, const Tokens& from, bool withEmpty) {
        for (const std::string& token : from)
            if ((withEmpty || !token.empty()) && into.insert(token).second) changed = true;
    };
    while (changed) {
        changed = false;
        for (std::size_t s = 0; s < symbols.size(); ++s)
            for (const Grammar::Rule& rule : symbols[s]) {
                Tokens ahead{""};
                Tokens after = sets.follow[s];
                for (std::size_t i = rule.parts.size(); i-- > 0;) {
                    const Grammar::Part& part = rule.parts[i];
                    if (part.symbol < 0) {
                        ahead = {part.token};
                        after = ahead;
                        continue;
                    }
                    const auto inner = static_cast<std::size_t>(part.symbol);
                    add(sets.follow[inner], after, false);
                    Tokens begins = sets.first[inner];
                    if (begins.erase("")) {
                        begins.insert(ahead.begin(), ahead.end());
                        Tokens both = sets.first[inner];
                        both.erase("");
                        after.insert(both.begin(), both.end());
                    } else {
                        after = begins;
                    }
                    ahead = begins;
                }
                add(sets.first[s], ahead, true);
                Tokens ends{""};
                for (const Grammar::Part& part : rule.parts) {
                    Tokens here{part.token};
                    if (part.symbol >= 0) here = sets.last[static_cast<std::size_t>(part.symbol)];
                    if (here.erase("")) here.insert(ends.begin(), ends.end());
                    ends = here;
                }
                add(sets.last[s], ends, true);
            }
    }
    return sets;
}

TEST(Grammar, IsLl1SoEverySentenceHasOneDerivation) {
    const Symbols& symbols = Grammar::standard().symbols();
    const Sets sets = setsOf(symbols);
    for (std::size_t s = 0; s < symbols.size(); ++s) {
        Tokens seen;
        int nullable = 0;
        for (const Grammar::Rule& rule : symbols[s]) {
            Tokens begins{""};
            for (std::size_t i = rule.parts.size(); i-- > 0;) {
                const Grammar::Part& part = rule.parts[i];
                Tokens here{part.token};
                if (part.symbol >= 0) here = sets.first[static_cast<std::size_t>(part.symbol)];
                if (here.erase("")) here.insert(begins.begin(), begins.end());
                begins = here;
            }
            if (begins.erase("")) {
                ++nullable;
                begins.insert(sets.follow[s].begin(), sets.follow[s].end());
            }
            for (const std::string& token : begins)
                EXPECT_TRUE(seen.insert(token).second)
                    << "symbol " << s << ": two rules before " << token;
        }
        EXPECT_LE(nullable, 1) << "symbol " << s;
    }
}

TEST(Grammar, WordsNeverTouchSoTokensAreTheRunsOfLetters) {
    const Symbols& symbols = Grammar::standard().symbols();
    const Sets sets = setsOf(symbols);
    for (const auto& rules : symbols)
        for (const Grammar::Rule& rule : rules) {
            Tokens before;  // tokens that can stand before the next part
            for (const Grammar::Part& part : rule.parts) {
                Tokens begins{part.token}, ends{part.token};
                if (part.symbol >= 0) {
                    begins = sets.first[static_cast<std::size_t>(part.symbol)];
                    ends = sets.last[static_cast<std::size_t>(part.symbol)];
                }
                for (const std::string& left : before)
                    for (const std::string& right : begins)
                        EXPECT_FALSE(!left.empty() && !right.empty() && isWord(left) &&
                                     isWord(right))
                            << left << " before " << right;
                if (!ends.erase("")) before.clear();
                before.insert(ends.begin(), ends.end());
            }
        }
    int lineEnds = 0;
    for (const auto& rules : symbols)
        for (const Grammar::Rule& rule : rules)
            for (const Grammar::Part& part : rule.parts) lineEnds += part.token == "\n";
    EXPECT_EQ(lineEnds, 1);
}

TEST(Grammar, SymbolsLeadToLaterOnesAndProbabilitiesSumToOne) {
    const Symbols& symbols = Grammar::standard().symbols();
    for (std::size_t s = 0; s < symbols.size(); ++s) {
        double sum = 0;
        for (const Grammar::Rule& rule : symbols[s]) {
            sum += rule.probability;
            for (const Grammar::Part& part : rule.parts)
                if (part.symbol >= 0) {
                    EXPECT_GT(part.symbol, static_cast<int>(s));
                }
        }
        EXPECT_NEAR(sum, 1, 1e-12);
    }
}

TEST(Grammar, AgreementAndBracketsAreEnforced) {
    const Grammar& grammar = Grammar::standard();
    for (const char* good : {"the fox runs.\n", "the old foxes that the king sees run today.\n",
                             "the fox [the geese sleep] sees the old dogs.\n"})
        EXPECT_TRUE(grammar.logProbability(good).has_value()) << good;
    for (const char* bad : {"the fox run.\n", "the foxes that the king see run.\n",
                            "the fox [the geese sleep) sees the dogs.\n", "the fox runs.", "",
                            "fox", "the fox runs.\n\n", "the foxruns.\n"})
        EXPECT_FALSE(grammar.logProbability(bad).has_value()) << bad;
}

TEST(GrammarDataset, HasTheDescribedShapeAndDependsOnTheSeedAlone) {
    const DatasetInfo described = describeDataset(test::named("grammar"));
    const auto dataset = openDataset(test::named("grammar"));
    EXPECT_EQ(dataset->info().hash, described.hash);
    EXPECT_EQ(described.vocabulary, 35);
    EXPECT_THAT(described.symbols, ::testing::ElementsAre(400000, 50000, 50000));
    ASSERT_TRUE(described.floor.has_value());
    EXPECT_GT(*described.floor, 0.4);
    EXPECT_LT(*described.floor, 1.0);
    const auto beginning = [](const Dataset& set, Split split) {
        Batch batch;
        EXPECT_TRUE(set.source(split, {1, 200, 1})->next(batch));
        std::string text;
        for (const std::int32_t token : batch.tokens) text += set.symbolText(token);
        return text;
    };
    DatasetConfig other = test::named("grammar");
    other.seed = 2;
    EXPECT_EQ(beginning(*dataset, Split::train),
              beginning(*openDataset(test::named("grammar")), Split::train));
    EXPECT_NE(beginning(*dataset, Split::train), beginning(*dataset, Split::valid));
    EXPECT_NE(beginning(*dataset, Split::train), beginning(*openDataset(other), Split::train));
    EXPECT_NE(described.hash, describeDataset(other).hash);
    EXPECT_EQ(beginning(*dataset, Split::test).substr(0, 4), "the ");
}

TEST(GrammarDataset, RefusesAbsurdSizes) {
    DatasetConfig config = test::named("grammar");
    for (const std::int64_t size : {std::int64_t{-1}, std::int64_t{10}, std::int64_t{1} << 60}) {
        config.size = size;
        EXPECT_THAT(test::inputError([&] { describeDataset(config); }),
                    ::testing::HasSubstr("dataset.size"));
    }
}

}  // namespace
}  // namespace bitloom
