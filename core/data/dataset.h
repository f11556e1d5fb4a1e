#pragma once
// A dataset and the batches drawn from it. One kind a file pair; data/registry.h makes them from a
// config.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/batch.h"

namespace bitloom {

enum class Split { train, valid, test };

/// The dataset part of a spec.
struct DatasetConfig {
    std::string name;  ///< catalog name: grammar, ptb_char, sequential_mnist, text_file ...
    std::string path;  ///< text_file: file or folder
    std::string unit = "character";  ///< text_file: character | word
    double trainShare = 0.8;         ///< text_file: share of the symbols that trains
    double validShare = 0.1;
    std::string vocabularyFrom = "train";  ///< text_file: train | all
    std::uint64_t seed = 1;                ///< synthetic sets and the pixel permutation
    std::int64_t size = 0;  ///< synthetic sets: symbols or sequences to draw, 0 = default
    int length = 0;         ///< adding, copy: sequence length, 0 = default
    bool permuted = false;  ///< glyphs: one fixed permutation of the pixels
    bool operator==(const DatasetConfig&) const = default;
};

/// What is known of a dataset, mostly without its files.
struct DatasetInfo {
    std::string name;
    std::string label;  ///< "Penn Treebank, characters"
    Task task = Task::language_model;
    std::string metric;  ///< bits_per_character | perplexity | accuracy | mean_squared_error
    int vocabulary = 0;  ///< V of token inputs; 0 for frames
    int features = 0;    ///< F of frame inputs; 0 for tokens
    int outputs = 0;     ///< V, number of classes, or 1 (regression)
    std::int64_t symbols[3] = {0, 0, 0};  ///< symbols (language models) or sequences a split
    int steps = 0;                        ///< sequence length of classification sets; 0 for streams
    std::optional<double> floor;  ///< entropy rate (bits per character) or other known best value
    std::string floorLabel;
    std::string hash;  ///< SHA-256 over all files, or over the generator's description
    bool published = true;  ///< false: not the data papers report on, as its label says
};

/// Batches of one split, endless in training. A source is positioned by its cursor alone.
class BatchSource {
public:
    virtual ~BatchSource() = default;
    /// Fills the next batch; false at the end of the pass (epoch), after which the next call starts
    /// a new one.
    virtual bool next(Batch& batch) = 0;
    /// Batches a pass.
    [[nodiscard]] virtual std::int64_t batchesPerPass() const = 0;
    /// Where the source stands: (pass, batch in pass). seek() makes next() continue exactly there.
    [[nodiscard]] virtual std::int64_t pass() const = 0;
    [[nodiscard]] virtual std::int64_t position() const = 0;
    virtual void seek(std::int64_t pass, std::int64_t position) = 0;
};

struct BatchConfig {
    std::size_t batch = 64;
    std::size_t window = 100;  ///< truncated BPTT window of streams; ignored by sequence sets
    std::uint64_t seed =
        1;  ///< shuffling of sequence sets: a permutation a pass, a function of (seed, pass)
};

class Dataset {
public:
    virtual ~Dataset() = default;
    [[nodiscard]] virtual const DatasetInfo& info() const = 0;
    /// Contiguous streams for language models (B streams, window steps a batch, the last short
    /// window included in evaluation, dropped in training); shuffled for classification in
    /// training.
    [[nodiscard]] virtual std::unique_ptr<BatchSource> source(Split split,
                                                              const BatchConfig& config) const = 0;
    /// Token -> text for samples (bytes of the symbol; words followed by a space). Empty for frame
    /// sets.
    [[nodiscard]] virtual std::string symbolText(std::int32_t token) const = 0;
    /// Text -> tokens for prompts; unknown symbols are skipped or <unk>.
    [[nodiscard]] virtual std::vector<std::int32_t> tokenize(std::string_view text) const = 0;
};

/// What the catalog knows of a dataset without its files (V, F, sizes); throws InputError for
/// unknown names; for text_file it reads the file.
DatasetInfo describeDataset(const DatasetConfig& config);

/// Opens or generates. Missing files give an InputError that says how to get them
/// (`bitloom-cli data import FOLDER`, `bitloom-cli data download NAME`).
std::shared_ptr<const Dataset> openDataset(const DatasetConfig& config);

}  // namespace bitloom
