#include "data/grammar.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/error.h"

namespace bitloom {
namespace {

using Part = Grammar::Part;
using Rule = Grammar::Rule;

Part token(std::string_view text) {
    return {-1, std::string(text)};
}
Part symbol(int number) {
    return {number, {}};
}

bool isLetter(char c) {
    return c >= 'a' && c <= 'z';
}

/// A rule from a mix of literal text (cut into tokens) and symbols.
class RuleMaker {
public:
    explicit RuleMaker(double probability) { m_rule.probability = probability; }
    RuleMaker& text(std::string_view literal) {
        for (std::size_t i = 0; i < literal.size();) {
            std::size_t end = i + 1;
            if (isLetter(literal[i]))
                while (end < literal.size() && isLetter(literal[end])) ++end;
            m_rule.parts.push_back(token(literal.substr(i, end - i)));
            i = end;
        }
        return *this;
    }
    RuleMaker& use(int number) {
        m_rule.parts.push_back(symbol(number));
        return *this;
    }
    operator Rule() { return std::move(m_rule); }

private:
    Rule m_rule;
};

/// One rule a word, equally likely; `plural` takes what stands after the slash.
std::vector<Rule> words(const std::vector<std::string>& list, int plural) {
    std::vector<Rule> rules;
    for (const std::string& pair : list) {
        const std::size_t slash = pair.find('/');
        std::string word = pair;
        if (slash != std::string::npos)
            word = plural ? pair.substr(slash + 1) : pair.substr(0, slash);
        rules.push_back(RuleMaker(1.0 / static_cast<double>(list.size())).text(word));
    }
    return rules;
}

/// Whether a text derived from the rest of `rule` from part `at` on can begin with `next`.
bool beginsWith(const std::vector<std::vector<Rule>>& symbols, const Rule& rule,
                std::string_view next) {
    for (const Part& part : rule.parts) {
        if (part.symbol < 0) return part.token == next;
        bool nullable = false;
        for (const Rule& inner : symbols[static_cast<std::size_t>(part.symbol)]) {
            if (inner.parts.empty()) nullable = true;
            if (beginsWith(symbols, inner, next)) return true;
        }
        if (!nullable) return false;
    }
    return false;
}

}  // namespace

Grammar::Grammar(const Lexicon& lexicon, int depth) {
    build("sentence", 0, depth, lexicon);
    // Built children first; reversed, the sentence is symbol 0 and symbols lead to later ones only.
    const int last = static_cast<int>(m_symbols.size()) - 1;
    std::reverse(m_symbols.begin(), m_symbols.end());
    std::set<char> bytes;
    for (auto& rules : m_symbols)
        for (Rule& rule : rules)
            for (Part& part : rule.parts) {
                if (part.symbol >= 0) part.symbol = last - part.symbol;
                bytes.insert(part.token.begin(), part.token.end());
            }
    m_alphabet.assign(bytes.begin(), bytes.end());
    std::sort(m_alphabet.begin(), m_alphabet.end(), [](char a, char b) {
        return static_cast<unsigned char>(a) < static_cast<unsigned char>(b);
    });
}

/// Makes a symbol once and returns its number. `depth`: levels of modifiers still allowed.
int Grammar::build(const std::string& kind, int plural, int depth, const Lexicon& lexicon) {
    const std::string name = kind + " " + std::to_string(plural) + " " + std::to_string(depth);
    for (const auto& [built, number] : m_built)
        if (built == name) return number;
    const auto get = [&](const std::string& inner, int number, int levels = 0) {
        return build(inner, number, levels, lexicon);
    };
    std::vector<Rule> rules;
    if (kind == "sentence") {
        rules = {RuleMaker(1)
                     .text("the ")
                     .use(get("adjective, perhaps", 0))
                     .use(get("clause of any number", 0, depth))
                     .text(".\n")};
    } else if (kind == "clause of any number" || kind == "inner of any number") {
        const std::string inner = kind.substr(0, kind.find(' '));
        rules = {RuleMaker(0.5).use(get(inner, 0, depth)),
                 RuleMaker(0.5).use(get(inner, 1, depth))};
    } else if (kind == "clause" || kind == "inner") {
        const int noun = get("noun", plural);
        const int modifier = get("modifier", plural, depth);
        const int verb = get(kind == "clause" ? "predicate" : "transitive", plural);
        rules = {RuleMaker(1).use(noun).text(" ").use(modifier).use(verb)};
    } else if (kind == "modifier") {
        if (depth == 0) {
            rules = {RuleMaker(1)};
        } else {
            const int relative = get("relative", plural, depth - 1);
            const int adjective = get("adjective, perhaps", 0);
            const int aside = get("clause of any number", 0, depth - 1);
            rules = {RuleMaker(0.56), RuleMaker(0.26).text("that ").use(relative).text(" "),
                     RuleMaker(0.07).text("(the ").use(adjective).use(aside).text(") "),
                     RuleMaker(0.06).text("[the ").use(adjective).use(aside).text("] "),
                     RuleMaker(0.05).text("{the ").use(adjective).use(aside).text("} ")};
        }
    } else if (kind == "relative") {
        rules = {RuleMaker(0.4)
                     .use(get("transitive", plural))
                     .text(" the ")
                     .use(get("adjective, perhaps", 0))
                     .use(get("noun of any number", 0)),
                 RuleMaker(0.6)
                     .text("the ")
                     .use(get("adjective, perhaps", 0))
                     .use(get("inner of any number", 0, depth))};
    } else if (kind == "predicate") {
        rules = {RuleMaker(0.55).use(get("intransitive", plural)).use(get("adverb, perhaps", 0)),
                 RuleMaker(0.45)
                     .use(get("transitive", plural))
                     .text(" the ")
                     .use(get("adjective, perhaps", 0))
                     .use(get("noun of any number", 0))};
    } else if (kind == "adjective, perhaps") {
        rules = {RuleMaker(0.7), RuleMaker(0.3).use(get("adjective", 0)).text(" ")};
    } else if (kind == "noun of any number") {
        rules = {RuleMaker(0.5).use(get("noun", 0)), RuleMaker(0.5).use(get("noun", 1))};
    } else if (kind == "adverb, perhaps") {
        rules = {RuleMaker(0.7), RuleMaker(0.3).text(" ").use(get("adverb", 0))};
    } else if (kind == "noun") {
        rules = words(lexicon.nouns, plural);
    } else if (kind == "transitive") {
        rules = words(lexicon.transitives, plural);
    } else if (kind == "intransitive") {
        rules = words(lexicon.intransitives, plural);
    } else {
        rules = words(kind == "adjective" ? lexicon.adjectives : lexicon.adverbs, 0);
    }
    const int number = static_cast<int>(m_symbols.size());
    m_symbols.push_back(std::move(rules));
    m_built.emplace_back(name, number);
    return number;
}

const Grammar& Grammar::standard() {
    static const Grammar grammar(
        {{"child/children", "fox/foxes", "mouse/mice", "wolf/wolves", "goose/geese", "king/kings",
          "queen/queens", "dog/dogs", "judge/judges", "wizard/wizards", "baker/bakers",
          "poet/poets"},
         {"sleeps/sleep", "laughs/laugh", "runs/run", "sings/sing", "jumps/jump", "waits/wait",
          "yawns/yawn", "vanishes/vanish"},
         {"sees/see", "likes/like", "fears/fear", "helps/help", "follows/follow", "chases/chase",
          "kicks/kick", "knows/know"},
         {"old", "quick", "small", "brave", "happy", "lazy", "young", "wild"},
         {"again", "today", "loudly", "often", "here", "nearby"}},
        3);
    return grammar;
}

double Grammar::sentenceEntropy() const {
    std::vector<double> entropy(m_symbols.size(), 0);
    for (std::size_t s = m_symbols.size(); s-- > 0;)
        for (const Rule& rule : m_symbols[s]) {
            double bits = -std::log2(rule.probability);
            for (const Part& part : rule.parts)
                if (part.symbol >= 0) bits += entropy[static_cast<std::size_t>(part.symbol)];
            entropy[s] += rule.probability * bits;
        }
    return entropy[0];
}

double Grammar::sentenceLength() const {
    std::vector<double> length(m_symbols.size(), 0);
    for (std::size_t s = m_symbols.size(); s-- > 0;)
        for (const Rule& rule : m_symbols[s])
            for (const Part& part : rule.parts)
                length[s] += rule.probability * (part.symbol >= 0
                                                     ? length[static_cast<std::size_t>(part.symbol)]
                                                     : static_cast<double>(part.token.size()));
    return length[0];
}

void Grammar::write(int number, Rng& rng, std::string& text) const {
    const std::vector<Rule>& rules = m_symbols[static_cast<std::size_t>(number)];
    const double draw = rng.uniformDouble();
    double sum = 0;
    const Rule* chosen = &rules.back();
    for (const Rule& rule : rules) {
        sum += rule.probability;
        if (draw >= sum) continue;
        chosen = &rule;
        break;
    }
    for (const Part& part : chosen->parts) {
        if (part.symbol >= 0)
            write(part.symbol, rng, text);
        else
            text += part.token;
    }
}

std::string Grammar::sentence(Rng& rng) const {
    std::string text;
    write(0, rng, text);
    return text;
}

std::optional<double> Grammar::logProbability(std::string_view sentence) const {
    double bits = 0;
    std::vector<Part> stack{symbol(0)};
    std::size_t at = 0;
    while (!stack.empty()) {
        std::size_t end = std::min(at + 1, sentence.size());
        if (at < sentence.size() && isLetter(sentence[at]))
            while (end < sentence.size() && isLetter(sentence[end])) ++end;
        const std::string_view next = sentence.substr(at, end - at);
        const Part part = stack.back();
        stack.pop_back();
        if (part.symbol < 0) {
            if (next != part.token) return std::nullopt;
            at = end;
            continue;
        }
        const Rule* chosen = nullptr;
        for (const Rule& rule : m_symbols[static_cast<std::size_t>(part.symbol)]) {
            if (rule.parts.empty() && !chosen) chosen = &rule;
            if (!rule.parts.empty() && beginsWith(m_symbols, rule, next)) chosen = &rule;
        }
        if (!chosen) return std::nullopt;
        bits += std::log2(chosen->probability);
        stack.insert(stack.end(), chosen->parts.rbegin(), chosen->parts.rend());
    }
    if (at != sentence.size()) return std::nullopt;
    return bits;
}

std::string Grammar::description() const {
    std::string text;
    for (std::size_t s = 0; s < m_symbols.size(); ++s)
        for (const Rule& rule : m_symbols[s]) {
            text += std::to_string(s) + " " + std::to_string(rule.probability) + " ->";
            for (const Part& part : rule.parts)
                text += part.symbol >= 0 ? " <" + std::to_string(part.symbol) + ">"
                                         : " \"" + part.token + "\"";
            text += "\n";
        }
    return text;
}

}  // namespace bitloom
