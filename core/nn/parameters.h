#pragma once
// Named tensors in a fixed order: what optimizers update and files store.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "math/matrix.h"

namespace bitloom {

enum class Role {
    latent,  ///< a full-precision weight that is used quantized (or a plain weight when nothing is)
    weight,  ///< other matrices: encoder, decoder
    bias,
    gain,       ///< weight-norm gains, norm weights
    scale,      ///< trained scales (TTQ)
    statistic,  ///< running statistics: stored, never updated by an optimizer
    state,      ///< learnable initial states
};

template <class T>
struct Parameter {
    std::string name;  ///< PyTorch's: rnn.weight_ih_l0
    std::vector<std::int64_t> shape;
    Role role = Role::weight;
    bool quantized = false;  ///< Role::latent that a quantizer works on
    Buffer<T> value;
    Buffer<T> gradient;  ///< same size; empty for statistics
    /// The rows of the gradient that may differ from zero, each once: of a table of thousands a
    /// batch reads a few. Empty: any may.
    std::vector<std::int32_t> gradientRows;

    [[nodiscard]] std::size_t rows() const {
        return shape.empty() ? 1 : static_cast<std::size_t>(shape[0]);
    }
    [[nodiscard]] std::size_t cols() const { return rows() ? value.size() / rows() : 0; }
    [[nodiscard]] MatrixView<T> view() { return {value.data(), rows(), cols()}; }
    [[nodiscard]] MatrixView<const T> view() const { return {value.data(), rows(), cols()}; }
    /// visit(first, count): the ranges of numbers where the gradient may differ from zero.
    template <class Visit>
    void overGradient(const Visit& visit) const {
        if (gradientRows.empty()) return visit(std::size_t{0}, gradient.size());
        for (const std::int32_t row : gradientRows)
            visit(static_cast<std::size_t>(row) * cols(), cols());
    }
    [[nodiscard]] MatrixView<T> gradientView() { return {gradient.data(), rows(), cols()}; }
};

/// References stay valid while the set lives.
template <class T>
class ParameterSet {
public:
    Parameter<T>& add(std::string name, std::vector<std::int64_t> shape, Role role,
                      bool withGradient = true);
    [[nodiscard]] Parameter<T>* find(std::string_view name);
    [[nodiscard]] const Parameter<T>* find(std::string_view name) const;
    /// Throws InputError if absent.
    Parameter<T>& at(std::string_view name);
    [[nodiscard]] const Parameter<T>& at(std::string_view name) const;

    auto begin() { return m_items.begin(); }
    auto end() { return m_items.end(); }
    auto begin() const { return m_items.begin(); }
    auto end() const { return m_items.end(); }
    [[nodiscard]] std::size_t size() const { return m_items.size(); }

private:
    std::deque<Parameter<T>> m_items;
};

}  // namespace bitloom
