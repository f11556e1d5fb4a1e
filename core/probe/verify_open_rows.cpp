#include "probe/verify_open_rows.h"

#include <cmath>
#include <vector>

namespace bitloom {

bool isOpenToAlternating(std::span<const double> w, int bits) {
    const double n = static_cast<double>(w.size());
    std::vector<double> residual(w.begin(), w.end());
    std::vector<std::vector<double>> basis;  // the codes so far, orthogonal to each other
    for (int k = 0; k < bits; ++k) {
        double scale = 0;
        for (const double r : residual) scale += std::abs(r) / n;
        std::vector<double> code(w.size());
        for (std::size_t i = 0; i < w.size(); ++i) {
            code[i] = residual[i] >= 0 ? 1.0 : -1.0;
            residual[i] -= scale * code[i];
        }
        for (const std::vector<double>& other : basis) {
            double along = 0, squares = 0;
            for (std::size_t i = 0; i < w.size(); ++i) {
                along += code[i] * other[i];
                squares += other[i] * other[i];
            }
            for (std::size_t i = 0; i < w.size(); ++i) code[i] -= along / squares * other[i];
        }
        double left = 0;
        for (const double c : code) left += c * c;
        if (left < 1e-9 * n) return true;
        basis.push_back(std::move(code));
    }
    return false;
}

}  // namespace bitloom
