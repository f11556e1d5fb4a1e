#include "data/mnist.h"

#include <array>

#include "base/error.h"
#include "base/files.h"
#include "data/data_folder.h"
#include "data/idx.h"
#include "data/known_files.h"
#include "data/pixels.h"

namespace bitloom {
namespace {

constexpr std::uint32_t side = 28;
constexpr std::array files{"train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                           "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

std::string hashOf(const DatasetConfig& config, bool permuted,
                   const std::array<std::string, 4>& content) {
    std::string text = "mnist 1, 50000/10000/10000";
    if (permuted) text += ", permuted by seed " + std::to_string(config.seed);
    for (const std::string& hash : content) text += "\n" + hash;
    return sha256(text);
}

DatasetInfo describe(const DatasetConfig& config, bool permuted) {
    DatasetInfo info;
    info.name = permuted ? "permuted_mnist" : "sequential_mnist";
    info.label = permuted ? "MNIST, permuted pixels" : "MNIST, pixel by pixel";
    info.task = Task::classification;
    info.metric = "accuracy";
    info.features = 1;
    info.outputs = 10;
    info.steps = static_cast<int>(side * side);
    info.symbols[0] = 50'000;
    info.symbols[1] = info.symbols[2] = 10'000;
    std::array<std::string, 4> hashes;
    for (std::size_t i = 0; i < 4; ++i) hashes[i] = knownFile("mnist", files[i])->sha256;
    info.hash = hashOf(config, permuted, hashes);
    return info;
}

/// An installed IDX file, with or without .gz, its array and, for the hash, its unpacked content's
/// SHA-256.
IdxArray readArray(const char* file, std::size_t rank, const std::string& dataset,
                   std::string& hash) {
    std::string name = file;
    std::error_code failure;
    if (!std::filesystem::exists(installedFile("mnist", name), failure) &&
        std::filesystem::exists(installedFile("mnist", name + ".gz"), failure))
        name += ".gz";
    IdxArray array =
        parseIdx(readInstalled("mnist", name, dataset), utf8(installedFile("mnist", name)), rank);
    std::string header{0, 0, 8, static_cast<char>(rank)};
    for (const std::uint32_t size : array.dimensions)
        for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(size >> shift);
    // The same digest as the unpacked file's, without a second copy of 47 MB.
    array.bytes.insert(0, header);
    hash = sha256(array.bytes);
    array.bytes.erase(0, header.size());
    return array;
}

std::shared_ptr<const Dataset> open(const DatasetConfig& config, bool permuted) {
    DatasetInfo info = describe(config, permuted);
    const std::string published = info.hash;
    std::array<std::string, 4> hashes;
    auto set = std::make_shared<PixelSet>();
    std::array<std::uint32_t, 2> counts{};
    for (std::size_t part = 0; part < 2; ++part) {
        IdxArray images = readArray(files[2 * part], 3, info.name, hashes[2 * part]);
        const std::string path = utf8(installedFile("mnist", files[2 * part]));
        if (images.dimensions[1] != side || images.dimensions[2] != side)
            throw InputError(path, {},
                             "has images of " + std::to_string(images.dimensions[1]) + " x " +
                                 std::to_string(images.dimensions[2]) + ", 28 x 28 are expected");
        const IdxArray labels = readArray(files[2 * part + 1], 1, info.name, hashes[2 * part + 1]);
        const std::string labelPath = utf8(installedFile("mnist", files[2 * part + 1]));
        counts[part] = images.dimensions[0];
        if (labels.dimensions[0] != counts[part])
            throw InputError(labelPath, {},
                             "has " + std::to_string(labels.dimensions[0]) + " labels, " +
                                 std::to_string(counts[part]) + " are expected, one an image");
        for (const char label : labels.bytes)
            if (static_cast<unsigned char>(label) > 9)
                throw InputError(labelPath, {},
                                 "has a label " +
                                     std::to_string(static_cast<unsigned char>(label)) +
                                     ", 0 to 9 are expected");
        if (part == 0)
            set->images = std::move(images.bytes);
        else
            set->images += images.bytes;
        set->labels += labels.bytes;
    }
    const std::uint32_t valid = counts[0] / 6;
    if (valid == 0)
        throw InputError(utf8(installedFile("mnist", files[0])), {},
                         "has " + std::to_string(counts[0]) +
                             " images, too few for a validation split of a sixth");
    info.symbols[0] = counts[0] - valid;
    info.symbols[1] = valid;
    info.symbols[2] = counts[1];
    info.hash = hashOf(config, permuted, hashes);
    if (info.hash != published) info.label += " (not the published files)";
    if (permuted) set->order = pixelPermutation(config.seed, set->pixels);
    return makePixelDataset(std::move(info), std::move(set));
}

}  // namespace

DatasetInfo describeSequentialMnist(const DatasetConfig& config) {
    return describe(config, false);
}
DatasetInfo describePermutedMnist(const DatasetConfig& config) {
    return describe(config, true);
}

std::shared_ptr<const Dataset> openSequentialMnist(const DatasetConfig& config) {
    return open(config, false);
}
std::shared_ptr<const Dataset> openPermutedMnist(const DatasetConfig& config) {
    return open(config, true);
}

}  // namespace bitloom
