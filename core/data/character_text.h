#pragma once
// Characters are bytes: whatever the encoding of a text, every byte value that occurs is a symbol,
// numbered by value. CRLF, a byte-order mark and NUL bytes are symbols like others.

#include <string>

#include "data/text_dataset.h"

namespace bitloom {

/// Turns bytes into symbol numbers in place. `counts` are the split sizes; their sum is
/// bytes.size(). With `fromTrain` the vocabulary is that of the training split and bytes outside it
/// become <unk> (see vocabulary.h).
EncodedText encodeCharacters(std::string bytes, std::array<std::size_t, 3> counts, bool fromTrain);

/// As above with a vocabulary given as the byte values that may occur, ascending.
EncodedText encodeCharacters(std::string bytes, std::array<std::size_t, 3> counts,
                             std::string_view alphabet);

}  // namespace bitloom
