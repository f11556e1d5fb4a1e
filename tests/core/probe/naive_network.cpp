#include "naive_network.h"

#include <cmath>
#include <stdexcept>

namespace bitloom {

namespace {

using Number = NaiveNetwork::Number;
using Rows = NaiveNetwork::Rows;

Number sigmoid(Number x) {
    return 1.0 / (1.0 + std::exp(-x));
}

Number realOf(Number x, bool frozen) {
    return frozen ? Number(x.real()) : x;
}

}  // namespace

NaiveNetwork::NaiveNetwork(Network<double>& network) : m_config(network.config()) {
    for (const Parameter<double>& p : network.parameters()) {
        if (p.shape.size() == 1 || p.name.find(".gain_") != p.name.npos) {
            m_vectors.emplace_back(p.name, std::vector<double>(p.value.begin(), p.value.end()));
            continue;
        }
        std::vector<std::vector<double>> w(p.rows(), std::vector<double>(p.cols()));
        const bool sign = p.quantized && m_config.quantizer.method == "binary_connect";
        const Matrix<double>* quantized =
            p.quantized && !sign ? &network.quantizedWeight(p.name) : nullptr;
        for (std::size_t r = 0; r < p.rows(); ++r)
            for (std::size_t j = 0; j < p.cols(); ++j) {
                w[r][j] = quantized ? (*quantized)(r, j) : p.view()(r, j);
                if (sign) w[r][j] = w[r][j] >= 0 ? 1 : -1;
            }
        m_matrices.emplace_back(p.name, std::move(w));
    }
    if (m_config.normalization.method != "weight") return;
    for (auto& [name, w] : m_matrices) {
        const auto at = name.find("weight_");
        if (at == name.npos) continue;
        const std::vector<double>& gain = vector("rnn.gain_" + name.substr(at + 7));
        for (std::size_t r = 0; r < w.size(); ++r) {
            double squares = 0;
            for (const double x : w[r]) squares += x * x;
            for (double& x : w[r]) x *= gain[r] / (std::sqrt(squares) + 1e-8);
        }
    }
}

const std::vector<std::vector<double>>& NaiveNetwork::weight(const std::string& name) const {
    for (const auto& [known, w] : m_matrices)
        if (known == name) return w;
    throw std::runtime_error("no matrix " + name);
}

const std::vector<double>& NaiveNetwork::vector(const std::string& name) const {
    for (const auto& [known, v] : m_vectors)
        if (known == name) return v;
    throw std::runtime_error("no vector " + name);
}

Rows NaiveNetwork::product(const std::string& name, const Rows& x) const {
    const auto& w = weight(name);
    Rows y(x.size(), std::vector<Number>(w.size()));
    for (std::size_t b = 0; b < x.size(); ++b)
        for (std::size_t r = 0; r < w.size(); ++r)
            for (std::size_t j = 0; j < w[r].size(); ++j) y[b][r] += w[r][j] * x[b][j];
    return y;
}

Rows NaiveNetwork::normalize(const std::string& side, std::size_t l, const Rows& x, bool frozen,
                             std::vector<std::vector<double>>* inverses) const {
    const std::string& method = m_config.normalization.method;
    if (method == "none" || method == "weight") return x;
    const std::string name = "rnn.norm_" + side + "_l" + std::to_string(l);
    const auto &gain = vector(name + ".weight"), &shift = vector(name + ".bias");
    const double epsilon = m_config.normalization.epsilon;
    const auto width = static_cast<std::size_t>(m_config.hidden);
    Rows y = x;
    const auto statistics = [&](const std::vector<Number>& values, Number& mean, Number& scale) {
        mean = 0;
        for (const Number v : values) mean += v;
        mean /= static_cast<double>(values.size());
        Number variance = 0;
        for (const Number v : values) variance += (v - mean) * (v - mean);
        scale = 1.0 / std::sqrt(variance / static_cast<double>(values.size()) + epsilon);
    };
    Number mean, scale;
    if (method == "layer") {
        for (std::size_t b = 0; b < x.size(); ++b) {
            if (inverses) inverses->emplace_back();
            for (std::size_t first = 0; first < x[b].size(); first += width) {
                statistics({x[b].begin() + static_cast<std::ptrdiff_t>(first),
                            x[b].begin() + static_cast<std::ptrdiff_t>(first + width)},
                           mean, scale);
                if (inverses) inverses->back().push_back(scale.real());
                for (std::size_t j = first; j < first + width; ++j)
                    y[b][j] = gain[j] * (x[b][j] - mean) * scale + shift[j];
            }
        }
        return y;
    }
    if (inverses) inverses->emplace_back();
    for (std::size_t j = 0; j < x[0].size(); ++j) {
        std::vector<Number> column;
        for (const auto& row : x) column.push_back(realOf(row[j], frozen));
        statistics(column, mean, scale);
        if (inverses) inverses->back().push_back(scale.real());
        for (std::size_t b = 0; b < x.size(); ++b)
            y[b][j] = gain[j] * (x[b][j] - mean) * scale + shift[j];
    }
    return y;
}

void NaiveNetwork::step(std::size_t l, const Rows& input, Rows& h, Rows& c, bool frozen,
                        std::optional<Nudge> nudge, std::size_t t) {
    const std::string suffix = "_l" + std::to_string(l);
    const auto width = static_cast<std::size_t>(m_config.hidden);
    const Number tiny(0, nudgeSize);
    const auto nudges = [&](Nudge::Kind kind, std::size_t at) {
        return nudge && nudge->kind == kind && nudge->layer == l && nudge->t == at;
    };
    if (t > 0 && nudges(Nudge::Kind::recurrent, t - 1)) h[nudge->sample][nudge->unit] += tiny;
    const Rows a = normalize("ih", l, product("rnn.weight_ih" + suffix, input), frozen, nullptr);
    const Rows b = normalize("hh", l, product("rnn.weight_hh" + suffix, h), frozen, m_inverse);
    const auto& biasIh = vector("rnn.bias_ih" + suffix);
    if (m_config.cell == Cell::gru) {
        const auto& biasHh = vector("rnn.bias_hh" + suffix);
        for (std::size_t s = 0; s < h.size(); ++s)
            for (std::size_t j = 0; j < width; ++j) {
                const auto pre = [&](std::size_t g) {
                    return a[s][g * width + j] + biasIh[g * width + j];
                };
                const auto rec = [&](std::size_t g) {
                    return b[s][g * width + j] + biasHh[g * width + j];
                };
                const Number r = sigmoid(pre(0) + rec(0));
                const Number z = sigmoid(pre(1) + rec(1));
                const Number n = std::tanh(pre(2) + r * rec(2));
                h[s][j] = (1.0 - z) * n + z * h[s][j];
            }
    } else {
        Rows o = h;
        for (std::size_t s = 0; s < h.size(); ++s)
            for (std::size_t j = 0; j < width; ++j) {
                const auto pre = [&](std::size_t g) {
                    const std::size_t at = g * width + j;
                    return a[s][at] + b[s][at] + biasIh[at];
                };
                c[s][j] = sigmoid(pre(1)) * c[s][j] + sigmoid(pre(0)) * std::tanh(pre(2));
                o[s][j] = sigmoid(pre(3));
            }
        if (nudges(Nudge::Kind::cell, t)) c[nudge->sample][nudge->unit] += tiny;
        const Rows read = m_config.normalization.cell ? normalize("c", l, c, frozen, nullptr) : c;
        for (std::size_t s = 0; s < h.size(); ++s)
            for (std::size_t j = 0; j < width; ++j) h[s][j] = o[s][j] * std::tanh(read[s][j]);
    }
    if (nudges(Nudge::Kind::hidden, t)) h[nudge->sample][nudge->unit] += tiny;
}

Number NaiveNetwork::loss(const Batch& batch, bool lastOnly, std::optional<Nudge> nudge) {
    const auto layers = static_cast<std::size_t>(m_config.layers);
    const auto width = static_cast<std::size_t>(m_config.hidden);
    const Rows zero(batch.size, std::vector<Number>(width));
    std::vector<Rows> h(layers, zero), c(layers, zero);
    inputs.assign(layers, {});
    hidden.assign(layers, {});
    cells.assign(layers, {});
    inverse.assign(layers, {});
    Number sum = 0;
    const auto& decoder = weight("decoder.weight");
    const auto& bias = vector("decoder.bias");
    for (std::size_t t = 0; t < batch.steps; ++t) {
        Rows x(batch.size, std::vector<Number>(static_cast<std::size_t>(m_config.vocabulary)));
        for (std::size_t b = 0; b < batch.size; ++b)
            x[b][static_cast<std::size_t>(batch.tokens[t * batch.size + b])] = 1;
        for (std::size_t l = 0; l < layers; ++l) {
            inputs[l].push_back(x);
            m_inverse = &inverse[l].emplace_back();
            step(l, x, h[l], c[l], false, nudge, t);
            m_inverse = nullptr;
            hidden[l].push_back(h[l]);
            cells[l].push_back(c[l]);
            x = h[l];
        }
        if (lastOnly && t + 1 < batch.steps) continue;
        for (std::size_t b = 0; b < batch.size; ++b) {
            Number total = 0, own = 0;
            for (std::size_t v = 0; v < decoder.size(); ++v) {
                Number logit = bias[v];
                for (std::size_t j = 0; j < width; ++j) logit += decoder[v][j] * x[b][j];
                total += std::exp(logit);
                if (static_cast<std::int32_t>(v) == batch.targets[t * batch.size + b]) own = logit;
            }
            sum += std::log(total) - own;
        }
    }
    return sum / static_cast<double>(batch.steps * batch.size);
}

double NaiveNetwork::derivative(const Batch& batch, bool lastOnly, const Nudge& nudge) {
    return loss(batch, lastOnly, nudge).imag() / nudgeSize;
}

}  // namespace bitloom
