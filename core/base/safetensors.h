#pragma once
// The safetensors file format: an 8-byte little-endian header length N, N bytes of JSON, raw data.
//
//   {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3],
//    "data_offsets": [0, 24]}, ...}
//
// Offsets count from the end of the header; tensors cover the data without holes or overlaps.
// Source: https://github.com/huggingface/safetensors, README "Format". Only F32 is written; other
// types are listed on reading but their values are refused.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// One tensor to write: row-major float32, `values` as long as the product of `shape`.
struct TensorToWrite {
    std::string name;
    std::vector<std::int64_t> shape;
    std::span<const float> values;
};

using TensorMetadata = std::map<std::string, std::string>;

/// Writes the tensors in the given order, durably and atomically. Throws WorkError.
void writeSafetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                      const TensorMetadata& metadata);

/// A file read into memory and checked: every entry of `tensors()` lies inside the data.
class Safetensors {
public:
    struct Tensor {
        std::string name;
        std::string dtype;  ///< F32, F64, I64 ...
        std::vector<std::int64_t> shape;
        std::size_t offset = 0;  ///< into the data
        std::size_t bytes = 0;
    };

    /// Throws InputError naming the file and what is wrong with it.
    static Safetensors read(const std::filesystem::path& path);
    /// The same for content in memory; `where` names it in errors.
    static Safetensors parse(std::string content, std::string where);

    [[nodiscard]] const std::string& where() const { return m_where; }
    [[nodiscard]] const TensorMetadata& metadata() const { return m_metadata; }
    /// Metadata of one key; throws InputError if absent.
    [[nodiscard]] const std::string& metadata(const std::string& key) const;
    /// By name, in alphabetical order.
    [[nodiscard]] const std::vector<Tensor>& tensors() const { return m_tensors; }
    [[nodiscard]] const Tensor* find(std::string_view name) const;
    /// The bytes of a tensor of this file; valid while it lives.
    [[nodiscard]] std::string_view bytes(const Tensor& tensor) const {
        return std::string_view(m_content).substr(m_dataStart + tensor.offset, tensor.bytes);
    }
    /// Copies tensor `name` to `out`. Throws InputError if it is absent, not F32 or of another
    /// shape.
    void copy(std::string_view name, std::span<const std::int64_t> shape,
              std::span<float> out) const;

private:
    std::string m_where;
    std::string m_content;
    std::size_t m_dataStart = 0;
    TensorMetadata m_metadata;
    std::vector<Tensor> m_tensors;
};

}  // namespace bitloom
