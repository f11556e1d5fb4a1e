#include "probe/saturation.h"

#include "probe/gains.h"

namespace bitloom {

template <class T>
LayerSaturation gateSaturation(const LayerTrace<T>& trace) {
    LayerSaturation result;
    const std::vector<std::string> names = gateNames(trace.cell);
    constexpr std::size_t content = 2;  // g of the LSTM, n of the GRU
    constexpr double edge = 0.05;
    const auto size = static_cast<double>(trace.gates.rows * trace.width);
    for (std::size_t g = 0; g < names.size(); ++g) {
        const T high = static_cast<T>(1 - edge);
        const T low = static_cast<T>(g == content ? edge - 1 : edge);
        std::size_t above = 0, below = 0;
        for (std::size_t r = 0; r < trace.gates.rows; ++r) {
            const T* row = trace.gates.row(r) + g * trace.width;
            for (std::size_t j = 0; j < trace.width; ++j) {
                above += row[j] > high;
                below += row[j] < low;
            }
        }
        result.gates.push_back(
            {names[g], static_cast<double>(below) / size, static_cast<double>(above) / size});
    }
    return result;
}

template LayerSaturation gateSaturation(const LayerTrace<float>&);
template LayerSaturation gateSaturation(const LayerTrace<double>&);

}  // namespace bitloom
