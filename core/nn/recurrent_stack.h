#pragma once
// The recurrent layers one above the other, with dropout between them.

#include <memory>
#include <vector>

#include "nn/recurrent_layer.h"

namespace bitloom {

template <class T>
class RecurrentStack {
public:
    /// Adds the layers' tensors to the sets; both and quantizer (may be null) must outlive this.
    RecurrentStack(const NetworkConfig& config, const Quantizer<T>* quantizer,
                   ParameterSet<T>& parameters, ParameterSet<T>& statistics);

    /// Runs all layers from `state` (empty = the initial state) and leaves the last state there.
    /// Returns the top layer's h [T*B, H]. train: draws dropout.
    MatrixView<const T> forward(const LayerInput<T>& input, const PassConfig& pass,
                                RecurrentState<T>& state);
    /// top: dL/d(top h), destroyed. dX: gradient of input.x, or empty.
    void backward(const LayerInput<T>& input, const OutputGradient<T>& top, MatrixView<T> dX,
                  const ParameterSet<T>* moments);

    [[nodiscard]] std::size_t size() const { return m_layers.size(); }
    [[nodiscard]] RecurrentLayer<T>& layer(std::size_t l) { return *m_layers[l]; }
    [[nodiscard]] const RecurrentLayer<T>& layer(std::size_t l) const { return *m_layers[l]; }

private:
    double m_dropout;
    PassConfig m_pass;
    std::vector<std::unique_ptr<RecurrentLayer<T>>> m_layers;
    std::vector<Matrix<T>> m_masks;    ///< between layer l and l + 1 [T*B, H]
    std::vector<Matrix<T>> m_dropped;  ///< what layer l + 1 reads [T*B, H]
    Matrix<T> m_gradients[2];          ///< dL/dh of the layers below the top, taking turns
};

}  // namespace bitloom
