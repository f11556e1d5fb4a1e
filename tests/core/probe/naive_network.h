#pragma once
// The networks written down once more, one number after the other, in complex arithmetic: adding
// i e to a number and looking at the imaginary part of the result is its exact derivative
// (Squire & Trapp 1998), with no derivation that could repeat the engine's mistakes.

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nn/network.h"

namespace bitloom {

class NaiveNetwork {
public:
    using Number = std::complex<double>;
    using Rows = std::vector<std::vector<Number>>;  ///< [B][n]

    /// Where e is added.
    struct Nudge {
        enum class Kind {
            hidden,     ///< h_t, for all who read it
            recurrent,  ///< h_t as step t + 1 of its own layer reads it
            cell,       ///< c_t before h_t is made from it
        } kind = Kind::hidden;
        std::size_t layer = 0, t = 0, sample = 0, unit = 0;
    };

    /// Takes parameters and configuration; quantizers other than binary_connect from the network.
    explicit NaiveNetwork(Network<double>& network);

    /// Mean cross-entropy over all targets (lastOnly: of the last step's, same divisor) of tokens
    /// [T*B], from zero states.
    Number loss(const Batch& batch, bool lastOnly, std::optional<Nudge> nudge = {});
    /// dL/d(nudged number).
    double derivative(const Batch& batch, bool lastOnly, const Nudge& nudge);

    /// One step of layer l on given input products; states [B][H] in and out. `frozen`: batch norm
    /// divides by the statistics of the real parts, as constants.
    void step(std::size_t l, const Rows& input, Rows& h, Rows& c, bool frozen = false,
              std::optional<Nudge> nudge = {}, std::size_t t = 0);
    /// Layer l's input at every step of the last loss().
    std::vector<std::vector<Rows>> inputs;
    /// States after every step of the last loss(): [layer][t].
    std::vector<std::vector<Rows>> hidden, cells;
    /// Pre-activation deviations 1/s of W_hh h: [layer][t] of [B][G] (layer) or [1][G*H] (batch).
    std::vector<std::vector<std::vector<std::vector<double>>>> inverse;

    [[nodiscard]] const std::vector<std::vector<double>>& weight(const std::string& name) const;
    static constexpr double nudgeSize = 1e-40;

private:
    Rows product(const std::string& name, const Rows& x) const;
    Rows normalize(const std::string& side, std::size_t l, const Rows& x, bool frozen,
                   std::vector<std::vector<double>>* inverses) const;
    [[nodiscard]] const std::vector<double>& vector(const std::string& name) const;

    NetworkConfig m_config;
    std::vector<std::pair<std::string, std::vector<std::vector<double>>>> m_matrices;
    std::vector<std::pair<std::string, std::vector<double>>> m_vectors;
    std::vector<std::vector<double>>* m_inverse = nullptr;
};

}  // namespace bitloom
