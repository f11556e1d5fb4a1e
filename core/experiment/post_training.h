#pragma once
// Post-training quantization: a trained run under another quantizer, without a step of training.
//
// It is a run like any other: the same spec with another quantizer, `start` naming the trained run
// and training.steps 0, so that its worker only evaluates. Its folder stands in the library, in
// comparisons and in exports, and training can go on from it.

#include <filesystem>
#include <string>
#include <vector>

namespace bitloom {

struct PostTraining {
    std::string method;                    ///< catalog name; "" = full precision
    int bits = 0;                          ///< 0 = the fewest the method has
    std::string granularity = "gate";      ///< gate | row | matrix; ignored by row-wise methods
    std::string normalization = "stays";   ///< stays, or a catalog name
    std::string at = "best";               ///< best | last
    std::vector<std::string> assignments;  ///< further fields: quantizer.tensors=weight_hh
};

/// JSON text of the spec for quantizing `run` so; parseSpec() has the last word on it. The data,
/// the network and the evaluation are the run's. Throws InputError for a folder that is no run.
std::string postTrainingSpec(const std::filesystem::path& run, const PostTraining& options);

/// Every method at every bit-width it has, in catalog order, other options as given.
std::vector<PostTraining> everyMethod(const PostTraining& options);

}  // namespace bitloom
