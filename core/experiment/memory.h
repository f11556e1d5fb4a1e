#pragma once
// What a training holds in memory at its peak, before it starts. In bytes, with
//     d = hidden units, W = 4d (LSTM) or 3d (GRU) rows of a layer's matrices, r = a layer's input
//     width, O outputs, T steps of a window or sequence, B batch, N = T*B (B where only the last
//     step is read), K = training.recompute or T: steps whose activations are kept at once, m
//     threads (at most B/4), b = 4 (fp32) or 2 (bf16) bytes of what products multiply:
//
//   parameters   4 P + 4 S: P trained numbers, S running statistics (batch norm 4W, or 4W a step)
//   gradients    4 P
//   moments      8 P Adam, 4 P SGD with momentum, 4 a quantized weight for loss-aware quantizers
//   weights      4 a quantized weight, 4 an effective one (weight norm); a recurrent matrix packed,
//                b for each direction; an input matrix in bf16 the same, in fp32 packed once and
//                transposed; a decoder packed for both directions, or (large, fp32) transposed; a
//                one-hot layer has a table [r, W], two with layer norm, m of its gradient
//   activations  a layer: (T+1)Bd h, (K+1)Bd c, KBd tanh(c) and KBW gates (for an LSTM under layer
//                or batch norm BW in place of both), KBW for each normalized product, each 4
//                (one-hot inputs have none: layer norm a table, batch norm 4mTW); when
//                recomputing Bd T/K starts of segments; dropout and the gradients of inner layers
//                Nd each
//   work         a thread: gradients of both matrices 4W(d + r), blocks of 640 rows of W + d + r,
//                inputs of 256 rows and their gradient of 640 4r each, 384 b (W + 384) that
//                oneDNN packs
//   readout      dL/dh 4Nd; small decoders (O d <= 2^18) a tile twice and a gradient a thread,
//                large ones all logits and inputs b N (O + d), 320 units of the gradient a thread;
//                evaluation all logits 4 N O
//   probes       with probes.every > 0: the whole window whatever K, logits and their gradients 8 N
//                O, dL/dh and dL/dc 8Nd, copies of the recurrent matrices 8W(d + r)
//   files        a checkpoint's copy while it is written: parameters and moments once more
//   dataset      1, 2 or 4 a symbol (V up to 2^8, 2^16, above), 1 a pixel
//   program      code, libraries and oneDNN's compiled kernels, measured
//
// Measured against the peak resident size of trainings: tests/app/memory_test.cpp.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/spec.h"

namespace bitloom {

struct TrainingMemory {
    double parameters = 0, gradients = 0, moments = 0, weights = 0, activations = 0, work = 0,
           readout = 0, probes = 0, files = 0, dataset = 0, program = 0;  ///< bytes

    [[nodiscard]] double total() const;
    /// Name and bytes of every part, in the order above.
    [[nodiscard]] std::vector<std::pair<std::string, double>> parts() const;
};

TrainingMemory trainingMemory(const Spec& spec);

/// {"total":...,"parameters":...} in bytes on one line.
std::string memoryJson(const TrainingMemory& memory);

/// Bytes this process may use: the machine's memory, or less if a container's limit says so; 0 if
/// unknown.
double machineMemory();

/// What is wrong if training `spec` needs more than `available` bytes (0 = unknown): says how much,
/// and what would fit. Nothing if it fits.
std::optional<Problem> memoryProblem(const Spec& spec, double available);

/// "512 MB", "3.4 GB": rounded to what an estimate is good for.
std::string memoryWords(double bytes);

}  // namespace bitloom
