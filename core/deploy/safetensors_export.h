#pragma once
// A trained network as a safetensors file for PyTorch: what multiplies, not what was trained.
//
// Weight matrices are the effective ones: quantized, then weight-normalized, so gains and trained
// scales are folded in and not written. Names and gate order are PyTorch's: the tensors named rnn.*
// are the state of torch.nn.LSTM / GRU when normalization is none or weight. An LSTM has one bias
// here and two there: bias_hh is written as zeros. Layer and batch normalization stay as tensors
// rnn.norm_{ih,hh,c}_l{k}.{weight,bias,running_mean,running_var}; torch.nn.LSTM has no place for
// them. A tied decoder.weight is written out.

#include <filesystem>
#include <map>
#include <string>

#include "nn/network.h"

namespace bitloom {

/// Writes the network as it evaluates. Throws WorkError. `metadata` is kept in the file.
void exportSafetensors(Network<float>& network, const std::filesystem::path& path,
                       const std::map<std::string, std::string>& metadata);

/// The configuration of the network that an export holds: full precision, weight norm folded in.
NetworkConfig exportedConfig(NetworkConfig config);

/// Loads an export into a network of exportedConfig(). Throws InputError naming the file.
void importSafetensors(Network<float>& network, const std::filesystem::path& path);

}  // namespace bitloom
