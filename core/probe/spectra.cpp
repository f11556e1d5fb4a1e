#include "probe/spectra.h"

#include <algorithm>
#include <cmath>

#include "math/spectral.h"

namespace bitloom {

namespace {

constexpr double k_epsilon = 1e-8;  // norm/weight.h

}  // namespace

template <class T>
std::vector<double> gateNorms(MatrixView<const T> w, std::size_t gates, double tolerance) {
    SpectralOptions options;
    options.tolerance = tolerance;
    options.maxIterations = 10000;
    const std::size_t rows = w.rows / gates;
    std::vector<double> norms;
    for (std::size_t g = 0; g < gates; ++g)
        norms.push_back(spectralNorm<T>(w.rowRange(g * rows, rows), options).value);
    return norms;
}

template <class T>
std::vector<double> spectralFloor(MatrixView<const T> quantized, std::size_t gates) {
    const std::size_t rows = quantized.rows / gates;
    const auto largest = static_cast<double>(std::max(rows, quantized.cols));
    std::vector<double> floors;
    for (std::size_t g = 0; g < gates; ++g) {
        std::size_t zeros = 0;
        double smallest = 0;
        for (std::size_t r = g * rows; r < (g + 1) * rows; ++r)
            for (std::size_t j = 0; j < quantized.cols; ++j) {
                const double level = std::abs(static_cast<double>(quantized(r, j)));
                if (level == 0)
                    ++zeros;
                else if (smallest == 0 || level < smallest)
                    smallest = level;
            }
        const double share =
            1 - static_cast<double>(zeros) / static_cast<double>(rows * quantized.cols);
        floors.push_back(share * smallest * std::sqrt(largest));
    }
    return floors;
}

template <class T>
Matrix<T> rowsOfLength(MatrixView<const T> quantized, std::span<const T> gain) {
    Matrix<T> result(quantized.rows, quantized.cols);
    for (std::size_t r = 0; r < quantized.rows; ++r) {
        double squares = 0;
        for (std::size_t j = 0; j < quantized.cols; ++j)
            squares += static_cast<double>(quantized(r, j)) * static_cast<double>(quantized(r, j));
        const double factor = static_cast<double>(gain[r]) / (std::sqrt(squares) + k_epsilon);
        for (std::size_t j = 0; j < quantized.cols; ++j)
            result(r, j) = static_cast<T>(factor * static_cast<double>(quantized(r, j)));
    }
    return result;
}

template <class T>
std::vector<double> printedNorms(MatrixView<const T> quantized, std::span<const T> gain,
                                 std::size_t gates, double tolerance) {
    const std::vector<T> ones(quantized.rows, T(1));
    const Matrix<T> unit = rowsOfLength<T>(quantized, ones);
    std::vector<double> norms = gateNorms<T>(unit.view(), gates, tolerance);
    const std::size_t rows = quantized.rows / gates;
    for (std::size_t g = 0; g < gates; ++g) {
        double largest = 0;
        for (std::size_t r = g * rows; r < (g + 1) * rows; ++r)
            largest = std::max(largest, std::abs(static_cast<double>(gain[r])));
        norms[g] *= largest;
    }
    return norms;
}

template std::vector<double> gateNorms(MatrixView<const float>, std::size_t, double);
template std::vector<double> spectralFloor(MatrixView<const float>, std::size_t);
template Matrix<float> rowsOfLength(MatrixView<const float>, std::span<const float>);
template std::vector<double> printedNorms(MatrixView<const float>, std::span<const float>,
                                          std::size_t, double);
template std::vector<double> gateNorms(MatrixView<const double>, std::size_t, double);
template std::vector<double> spectralFloor(MatrixView<const double>, std::size_t);
template Matrix<double> rowsOfLength(MatrixView<const double>, std::span<const double>);
template std::vector<double> printedNorms(MatrixView<const double>, std::span<const double>,
                                          std::size_t, double);

}  // namespace bitloom
