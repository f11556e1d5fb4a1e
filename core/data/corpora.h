#pragma once
// The published texts, with the definitions the literature uses.
//
//     ptb_char       symbols between white space and <eos> a line, three files, V = 50, "_" is the
//     space ptb_word       words and <eos> a line, three files, V = 10,000 by falling frequency
//     war_and_peace  bytes, CRLF and byte-order mark kept, V = 87; splits int(.8 n), int(.1 n),
//     rest text8          "a" to "z" and space, V = 27; 90M / 5M / 5M of the 100,000,000 bytes. A
//     shorter file
//                    counts as a prefix, split 90 / 5 / 5 percent, and is called one in label and
//                    hash.
//
// The vocabulary is that of the whole text. The hash is over the splits' definition and the files'
// SHA-256, so the known texts have their hash without their files.

#include <array>

#include "data/dataset.h"
#include "data/word_text.h"

namespace bitloom {

DatasetInfo describePtbCharacters(const DatasetConfig& config);
DatasetInfo describePtbWords(const DatasetConfig& config);
DatasetInfo describeWarAndPeace(const DatasetConfig& config);
DatasetInfo describeText8(const DatasetConfig& config);

/// Each reads its files below userDataFolder()/datasets/NAME/ and throws InputError, with the way
/// to get them, if one is missing, and naming the file if its content is not such a text.
std::shared_ptr<const Dataset> openPtbCharacters(const DatasetConfig& config);
std::shared_ptr<const Dataset> openPtbWords(const DatasetConfig& config);
std::shared_ptr<const Dataset> openWarAndPeace(const DatasetConfig& config);
std::shared_ptr<const Dataset> openText8(const DatasetConfig& config);

/// The PTB character file of a PTB word file, byte for byte: every line's characters and its spaces
/// as
/// "_", separated by single spaces.
std::string ptbCharactersFromWords(std::string_view words);

}  // namespace bitloom
