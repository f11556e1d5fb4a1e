#include "data/known_files.h"

#include <algorithm>
#include <array>

#include "base/files.h"

namespace bitloom {
namespace {

constexpr std::array table{
    KnownFile{"ptb_char", "ptb.char.train.txt", 10034964,
              "e313d91425e06c4f0a8fb6e881dcce0c291f2a0e9f4dda54833069b122f91da9", 0, ""},
    KnownFile{"ptb_char", "ptb.char.valid.txt", 786084,
              "21661f63ec355085879458b6524644d4add5573541b4be14fb52ab2e2e995eb8", 0, ""},
    KnownFile{"ptb_char", "ptb.char.test.txt", 884846,
              "1ef5607ac3c463b16e38bfe7900dd3bfc91de5a96e0f21e7eab5188b465b8ebe", 0, ""},
    KnownFile{"ptb_word", "ptb.train.txt", 5101618,
              "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf", 0, ""},
    KnownFile{"ptb_word", "ptb.valid.txt", 399782,
              "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2", 0, ""},
    KnownFile{"ptb_word", "ptb.test.txt", 449945,
              "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0", 0, ""},
    KnownFile{"war_and_peace", "warpeace_input.txt", 3258246,
              "fb66ba999dafe24017cdd59e04c56d385a9c8466993d374fd4c6f08b2142985e", 0, ""},
    // The CRC-32 is the one in the header of the published text8.zip.
    KnownFile{"text8", "text8", 100000000, "", 0x7d6be66fu, ""},
    KnownFile{"text8", "text8.first6877825", 6877825,
              "8c5551457ad85e6f248e016443493f940756c7582473e6bbfcafcbe27fc98836", 0, ""},
    KnownFile{"mnist", "train-images-idx3-ubyte", 47040016,
              "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 0,
              "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"},
    KnownFile{"mnist", "train-labels-idx1-ubyte", 60008,
              "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 0,
              "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"},
    KnownFile{"mnist", "t10k-images-idx3-ubyte", 7840016,
              "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 0,
              "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"},
    KnownFile{"mnist", "t10k-labels-idx1-ubyte", 10008,
              "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 0,
              "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"},
};

constexpr std::array<std::uint32_t, 256> makeCrcTable() {
    std::array<std::uint32_t, 256> crc{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1u) ? 0xEDB88320u ^ (value >> 1) : value >> 1;
        crc[i] = value;
    }
    return crc;
}

constexpr auto crcTable = makeCrcTable();

}  // namespace

std::span<const KnownFile> knownFiles() {
    return table;
}

const KnownFile* recognize(std::string_view content) {
    if (!isKnownSize(content.size())) return nullptr;
    const std::string hash = sha256(content);
    for (const KnownFile& file : table) {
        if (file.bytes != content.size()) continue;
        if (*file.sha256 ? hash == file.sha256 : crc32Of(content) == file.crc32) return &file;
    }
    return nullptr;
}

bool isKnownSize(std::uint64_t bytes) {
    return std::any_of(table.begin(), table.end(),
                       [bytes](const KnownFile& file) { return file.bytes == bytes; });
}

std::uint64_t largestKnownFile() {
    std::uint64_t largest = 0;
    for (const KnownFile& file : table) largest = std::max(largest, file.bytes);
    return largest;
}

const KnownFile* knownFile(std::string_view folder, std::string_view name) {
    for (const KnownFile& file : table)
        if (folder == file.folder && name == file.name) return &file;
    return nullptr;
}

bool isContentOf(const KnownFile& file, std::string_view content) {
    if (content.size() != file.bytes) return false;
    return *file.sha256 ? sha256(content) == file.sha256 : crc32Of(content) == file.crc32;
}

std::uint32_t crc32Of(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const char c : bytes)
        crc = crcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFu] ^ (crc >> 8);
    return crc ^ 0xFFFFFFFFu;
}

}  // namespace bitloom
