#pragma once
// A probabilistic grammar of short English-like sentences whose nouns and verbs agree in number
// across nested clauses and whose brackets match, and its exact entropy.
//
//     Sentence    -> "the " Adjective? (Clause_s | Clause_p) ".\n"      s, p: singular, plural
//     Clause_n    -> Noun_n " " Modifier_n Predicate_n
//     Modifier_n  -> nothing | "that " Relative_n " " | "(" Aside ") " | "[" Aside "] " | "{" Aside
//     "} " Relative_n  -> Transitive_n " the " Object                        the fox that sees the
//     geese
//                  | "the " Adjective? (Inner_s | Inner_p)              the fox that the geese see
//     Inner_m     -> Noun_m " " Modifier_m Transitive_m                 (centre embedding)
//     Aside       -> "the " Adjective? (Clause_s | Clause_p)
//     Predicate_n -> Intransitive_n Adverb? | Transitive_n " the " Object
//     Object      -> Adjective? (Noun_s | Noun_p)
//
// Nesting goes at most `depth` deep; at the last level Modifier is always nothing. So the grammar
// is finite, its sentences are independent, and entropies and lengths are finite sums:
//
//     H(A) = sum over rules r of A of p_r (-log2 p_r + sum of H over the symbols of r)      [bits]
//     L(A) = sum over rules r of A of p_r (sum of L over the symbols of r) [characters] floor =
//     H(Sentence) / L(Sentence)                                                     [bits per
//     character]
//
// H is the entropy of derivations. It is that of the texts, because a text has one derivation:
// (1) Tokens: a token is a word (letters only) or one byte that is no letter, and no two words
// follow one
//     another, so the longest runs of letters are the words.
// (2) Derivations: the grammar is LL(1) over tokens: the alternatives of a symbol begin with
// different
//     tokens (all words differ, so do the brackets), and where one alternative is empty no token
//     that may follow begins another. The next token so decides every step of the derivation.
// (3) Sentences: a line end closes a sentence and occurs nowhere else, so a text cuts into
// sentences in one way. The tests check (1), (2) mechanically and compare the figure with
// enumeration and with a random estimate. For independent sentences the entropy rate a character is
// H/L (renewal theorem).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "math/rng.h"

namespace bitloom {

/// The words of the grammar; "singular/plural" pairs where number matters. All words must differ.
struct Lexicon {
    std::vector<std::string> nouns, intransitives,
        transitives;  ///< "child/children", "sleeps/sleep"
    std::vector<std::string> adjectives, adverbs;
};

/// A weighted context-free grammar without recursion.
class Grammar {
public:
    /// One part of a rule: a token if `symbol` is negative, else a symbol.
    struct Part {
        int symbol = -1;
        std::string token;
    };
    struct Rule {
        double probability = 0;
        std::vector<Part> parts;
    };

    /// The grammar above. depth >= 0 levels of modifiers.
    Grammar(const Lexicon& lexicon, int depth);
    /// The words and the depth of the dataset `grammar`.
    static const Grammar& standard();

    /// Entropy of a sentence in bits, its mean length in characters, and their quotient.
    [[nodiscard]] double sentenceEntropy() const;
    [[nodiscard]] double sentenceLength() const;
    [[nodiscard]] double entropyRate() const { return sentenceEntropy() / sentenceLength(); }

    /// Draws one sentence.
    [[nodiscard]] std::string sentence(Rng& rng) const;
    /// log2 of the probability of one whole sentence; nothing if the grammar does not make it.
    [[nodiscard]] std::optional<double> logProbability(std::string_view sentence) const;

    /// The bytes the grammar can write, ascending.
    [[nodiscard]] const std::string& alphabet() const { return m_alphabet; }
    /// Rules by symbol; the first symbol is the sentence. Symbols only lead to later ones.
    [[nodiscard]] const std::vector<std::vector<Rule>>& symbols() const { return m_symbols; }
    /// The whole grammar as text: what the dataset's hash is taken over.
    [[nodiscard]] std::string description() const;

private:
    int build(const std::string& kind, int plural, int depth, const Lexicon& lexicon);
    void write(int symbol, Rng& rng, std::string& text) const;

    std::vector<std::vector<Rule>> m_symbols;
    std::vector<std::pair<std::string, int>> m_built;  ///< symbols made so far, by name
    std::string m_alphabet;
};

/// `size` = 0 draws 400,000 training symbols; validation and test get an eighth of the training
/// size each.
DatasetInfo describeGrammar(const DatasetConfig& config);
std::shared_ptr<const Dataset> openGrammar(const DatasetConfig& config);

}  // namespace bitloom
