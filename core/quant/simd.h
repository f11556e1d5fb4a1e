#pragma once
// The passes over weights that quantizers are made of, with run-time CPU dispatch (Google Highway).
// Arrays are contiguous, n long; `out` may be `x`. Sums run in double lanes for float and double
// weights alike and depend on n and the CPU's vector width only, not on alignment or threads.
// D is the curvature of the loss-aware methods; d == nullptr means D = 1.

#include <array>
#include <cstddef>
#include <cstdint>

namespace bitloom::simd {

/// Sum |x|.
double sumAbs(const float* x, std::size_t n);
double sumAbs(const double* x, std::size_t n);

/// Max |x|; 0 for n = 0.
float maxAbs(const float* x, std::size_t n);
double maxAbs(const double* x, std::size_t n);

/// A weighted sum and its weights: mean() is 0 where nothing was summed.
struct Weighted {
    double sum = 0;     ///< sum D|x|, or sum D b x
    double weight = 0;  ///< sum D, or sum D b^2
    [[nodiscard]] double mean() const { return weight == 0 ? 0 : sum / weight; }
};
inline Weighted operator+(Weighted a, Weighted b) {
    return {a.sum + b.sum, a.weight + b.weight};
}

/// Sum D|x| and sum D over all elements.
Weighted weightedAbs(const float* x, const float* d, std::size_t n);
Weighted weightedAbs(const double* x, const double* d, std::size_t n);

/// The same over the elements above `positive` [0] and those below -`negative` [1].
std::array<Weighted, 2> zoneSums(const float* x, const float* d, std::size_t n, float positive,
                                 float negative);
std::array<Weighted, 2> zoneSums(const double* x, const double* d, std::size_t n, double positive,
                                 double negative);

/// out = sqrt(v) + 1e-8, the curvature D of a second moment v.
void curvature(const float* v, std::size_t n, float* out);
void curvature(const double* v, std::size_t n, double* out);

/// Sum D b x and sum D b^2 with b = round(levels clamp(x / alpha, -1, 1)) / levels.
Weighted linearSums(const float* x, const float* d, std::size_t n, double alpha, int levels);
Weighted linearSums(const double* x, const double* d, std::size_t n, double alpha, int levels);
/// The same with b the nearest of 0, +-2^-(levels - 1) .. +-1/2, +-1.
Weighted logSums(const float* x, const float* d, std::size_t n, double alpha, int levels);
Weighted logSums(const double* x, const double* d, std::size_t n, double alpha, int levels);

/// One step of greedy binarization: where r >= 0, r -= a and sum += up, else r += a and sum +=
/// down.
void peelSigns(double* r, std::size_t n, double a, double up, double down, double* sum);

/// Codes stand for signs: bit j that is set for +1, else -1. sums [bits] = sum over i of x[i]
/// sign_j(codes[i]); products [bits, bits] = sum of sign_j sign_k, for k < j. scratch holds
/// (bits + 1) (n / 8 + 1) numbers.
void signSums(const double* x, const double* codes, std::size_t n, int bits, std::uint64_t* scratch,
              double* sums, double* products);

/// out = the number of borders below x, 0 to places - 1. places is a power of two; borders has
/// places - 1 numbers in order, the last of which may be infinite.
void placesAmong(const float* x, std::size_t n, const double* borders, std::size_t places,
                 std::int32_t* out);
void placesAmong(const double* x, std::size_t n, const double* borders, std::size_t places,
                 std::int32_t* out);

/// out [n - 1] = borders between neighbours of n >= 1 finite levels in order, so that a number
/// below a border is nearer to the lower level. What lies in the middle belongs to the lower code:
/// where codes fall, borders are one floating-point number below the middle.
void codeBorders(const double* levels, const std::int32_t* codes, std::size_t n, double* out);

/// Draws by u in [0, 1): out = a where u < (x / a + 1) / 2, else -a.
void drawSigns(const float* x, const float* u, std::size_t n, float a, float* out);
void drawSigns(const double* x, const double* u, std::size_t n, double a, double* out);
/// Draws by u in [0, 1): out = a sign(x) where u < |x| / a, else 0.
void drawTernary(const float* x, const float* u, std::size_t n, float a, float* out);
void drawTernary(const double* x, const double* u, std::size_t n, double a, double* out);

/// out = a where x >= 0, else -a.
void scaledSign(const float* x, std::size_t n, float a, float* out);
void scaledSign(const double* x, std::size_t n, double a, double* out);

/// The thresholds and values of a ternary code.
template <class T>
struct Ternary {
    T positive = 0;  ///< threshold: above it the value is `up`
    T negative = 0;  ///< threshold: below minus it the value is -`down`; else 0
    T up = 1, down = 1;
};
void scaledTernary(const float* x, std::size_t n, const Ternary<float>& code, float* out);
void scaledTernary(const double* x, std::size_t n, const Ternary<double>& code, double* out);

/// The latent gradient and the scale sums of trained ternary weights: gradient *= up, 1 or down in
/// the positive, zero and negative zone; returns the sums of the former gradient over positives,
/// negatives.
std::array<double, 2> ternaryGradient(const float* x, std::size_t n, const Ternary<float>& code,
                                      float* gradient);
std::array<double, 2> ternaryGradient(const double* x, std::size_t n, const Ternary<double>& code,
                                      double* gradient);

/// out = alpha b, with b as in linearSums / logSums.
void linearLevels(const float* x, std::size_t n, double alpha, int levels, float* out);
void linearLevels(const double* x, std::size_t n, double alpha, int levels, double* out);
void logLevels(const float* x, std::size_t n, double alpha, int levels, float* out);
void logLevels(const double* x, std::size_t n, double alpha, int levels, double* out);

/// out = step round(x / step), halves to even.
void roundToStep(const float* x, std::size_t n, double step, float* out);
void roundToStep(const double* x, std::size_t n, double step, double* out);

/// out = 2 round(levels (tanh x / (2 most) + 1/2)) / levels - 1.
void tanhLevels(const float* x, std::size_t n, double most, int levels, float* out);
void tanhLevels(const double* x, std::size_t n, double most, int levels, double* out);
/// gradient *= (1 - tanh^2 x) / most; returns the sum of former gradient * tanh x.
double tanhGradient(const float* x, std::size_t n, double most, float* gradient);
double tanhGradient(const double* x, std::size_t n, double most, double* gradient);

}  // namespace bitloom::simd
