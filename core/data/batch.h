#pragma once
// One road for every task: what a dataset hands to a network.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bitloom {

enum class Task {
    language_model,  ///< a target token every step
    classification,  ///< a class a sequence, read from the last step
    labelling,       ///< a target class on some steps (copy task); -1 = no target
    regression,      ///< one number a sequence, read from the last step (adding task)
};

/// Time-major: tokens [T, B] or frames [T, B, F].
struct Batch {
    std::size_t steps = 0;             ///< T
    std::size_t size = 0;              ///< B
    std::size_t features = 0;          ///< F; 0 = tokens
    std::vector<std::int32_t> tokens;  ///< [T, B]
    std::vector<float> frames;         ///< [T, B, F]
    std::vector<std::int32_t>
        targets;  ///< [T, B] language_model, labelling; [B] classification; -1 = ignored
    std::vector<float> values;          ///< [B] regression
    std::vector<std::int32_t> lengths;  ///< [B], empty = all T
    bool carriesState = false;          ///< this batch continues the streams of the one before
    bool startsStreams = true;  ///< first batch of a pass: states start from the initial state
};

}  // namespace bitloom
