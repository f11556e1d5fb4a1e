#pragma once
// The dataset `text_file`: any file or folder of text files, as bytes or words.
//
// A folder gives the files below it in the order of their paths, joined as they are; hidden files
// and files with a NUL byte in their first 8 KB count as no text. A single file is taken as it is,
// NUL bytes included; a compressed one is refused. Splits are consecutive: int(trainShare * n)
// symbols, int(validShare * n), the rest. Words: see word_text.h; the vocabulary: see vocabulary.h.
// The hash is over the bytes read, the unit, the split and the vocabulary's source.

#include <array>

#include "data/dataset.h"

namespace bitloom {

/// Reads and encodes; InputError for a missing, unreadable or empty file, a folder without text,
/// shares that leave a split without symbols, an unknown unit or vocabulary source.
std::shared_ptr<const Dataset> openTextFile(const DatasetConfig& config);
/// Info of openTextFile(); reads the file.
DatasetInfo describeTextFile(const DatasetConfig& config);

/// The files a path stands for, in reading order. Throws as openTextFile().
std::vector<std::filesystem::path> textFilesOf(const std::filesystem::path& path);

/// int(trainShare * n), int(validShare * n), the rest; InputError if a share is outside (0, 1) or a
/// split would have fewer than two symbols.
std::array<std::size_t, 3> splitByShares(std::size_t count, double trainShare, double validShare,
                                         const std::string& name);

}  // namespace bitloom
