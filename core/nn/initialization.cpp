#include "nn/initialization.h"

#include <cmath>
#include <string>
#include <vector>

#include "math/rng.h"

namespace bitloom {

namespace {

bool startsWith(const std::string& text, const char* start) {
    return text.rfind(start, 0) == 0;
}

template <class T>
void fillUniform(Parameter<T>& p, double low, double high, std::uint64_t seed,
                 const char* purpose) {
    Rng rng(seed, makeStream((purpose + p.name).c_str()));
    for (T& v : p.value) v = static_cast<T>(low + (high - low) * rng.uniformDouble());
}

template <class T>
void fillOrthogonalIdentity(const NetworkConfig& config, Parameter<T>& p, std::uint64_t seed) {
    const auto hidden = static_cast<std::size_t>(config.hidden);
    // The gate that carries content: g of the LSTM (third), n of the GRU (third).
    constexpr int content = 2;
    Rng rng(seed, makeStream(("init." + p.name).c_str()));
    for (int g = 0; g < config.gates(); ++g) {
        MatrixView<T> gate = p.view().rowRange(static_cast<std::size_t>(g) * hidden, hidden);
        if (g != content) {
            fillOrthogonal(gate, rng);
            continue;
        }
        for (std::size_t i = 0; i < hidden; ++i)
            for (std::size_t j = 0; j < hidden; ++j) gate(i, j) = i == j ? T(1) : T(0);
    }
}

}  // namespace

template <class T>
void fillOrthogonal(MatrixView<T> out, Rng& rng) {
    const std::size_t n = out.rows;
    Matrix<double> q(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        double* row = q.row(i);
        for (std::size_t j = 0; j < n; ++j) row[j] = rng.normal();
        for (int pass = 0; pass < 2; ++pass) {
            for (std::size_t k = 0; k < i; ++k) {
                const double* other = q.row(k);
                double along = 0;
                for (std::size_t j = 0; j < n; ++j) along += row[j] * other[j];
                for (std::size_t j = 0; j < n; ++j) row[j] -= along * other[j];
            }
        }
        double norm = 0;
        for (std::size_t j = 0; j < n; ++j) norm += row[j] * row[j];
        norm = std::sqrt(norm);
        for (std::size_t j = 0; j < n; ++j) row[j] /= norm;
    }
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j) out(i, j) = static_cast<T>(q(i, j));
}

template <class T>
void initializeWeightGain(const NetworkConfig& config, std::uint64_t seed,
                          const ParameterSet<T>& parameters, Parameter<T>& gain) {
    const Parameter<T>& weight = parameters.at("rnn.weight_" + gain.name.substr(9));
    const bool independent = config.normalization.gainStart == "independent";
    const double bound = 1 / std::sqrt(static_cast<double>(config.hidden));
    Rng rng(seed, makeStream(("init." + gain.name).c_str()));
    for (std::size_t j = 0; j < weight.rows(); ++j) {
        double squares = 0;
        for (std::size_t i = 0; i < weight.cols(); ++i) {
            const double w = independent ? bound * (2 * rng.uniformDouble() - 1)
                                         : static_cast<double>(weight.view()(j, i));
            squares += w * w;
        }
        gain.value[j] = static_cast<T>(std::sqrt(squares));
    }
}

template <class T>
void initializeParameters(const NetworkConfig& config, std::uint64_t seed,
                          ParameterSet<T>& parameters) {
    const double bound = 1 / std::sqrt(static_cast<double>(config.hidden));
    const auto hidden = static_cast<std::size_t>(config.hidden);
    const bool orthogonal = config.init.recurrent == "orthogonal_identity";
    for (Parameter<T>& p : parameters) {
        const std::string& name = p.name;
        if (startsWith(name, "rnn.weight_hh") && orthogonal) {
            fillOrthogonalIdentity(config, p, seed);
        } else if (startsWith(name, "rnn.weight_")) {
            fillUniform(p, -bound, bound, seed, "init.");
        } else if (startsWith(name, "rnn.bias_")) {
            if (orthogonal)
                p.value.fill(0);
            else
                fillUniform(p, -bound, bound, seed, "init.");
            if (config.init.forgetBias != 0)
                std::fill_n(p.value.data() + hidden, hidden,
                            static_cast<T>(config.init.forgetBias));
        } else if (name == "encoder.weight" || name == "decoder.weight") {
            fillUniform(p, -config.init.decoderBound, config.init.decoderBound, seed, "init.");
        } else if (startsWith(name, "rnn.norm_") && p.role == Role::gain) {
            if (config.normalization.gainStart == "uniform")
                fillUniform(p, 0, 1, seed, "init.");
            else
                p.value.fill(static_cast<T>(config.normalization.gain));
        } else if (p.role == Role::scale) {
            p.value.fill(1);
        } else if (!startsWith(name, "rnn.gain_")) {
            p.value.fill(0);
        }
    }
    for (Parameter<T>& p : parameters)
        if (startsWith(p.name, "rnn.gain_")) initializeWeightGain(config, seed, parameters, p);
}

template void initializeWeightGain(const NetworkConfig&, std::uint64_t, const ParameterSet<float>&,
                                   Parameter<float>&);
template void initializeWeightGain(const NetworkConfig&, std::uint64_t, const ParameterSet<double>&,
                                   Parameter<double>&);
template void fillOrthogonal(MatrixView<float>, Rng&);
template void fillOrthogonal(MatrixView<double>, Rng&);
template void initializeParameters(const NetworkConfig&, std::uint64_t, ParameterSet<float>&);
template void initializeParameters(const NetworkConfig&, std::uint64_t, ParameterSet<double>&);

}  // namespace bitloom
