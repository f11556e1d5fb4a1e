#include "base/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/files.h"

namespace bitloom {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

using Json = nlohmann::ordered_json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kLongestHeader = 64u << 20;  // far above any model of ours; bounds memory

std::size_t bytesOf(std::string_view dtype) {
    static constexpr std::pair<std::string_view, std::size_t> sizes[] = {
        {"F32", 4}, {"F64", 8}, {"F16", 2}, {"BF16", 2}, {"I64", 8}, {"I32", 4}, {"I16", 2},
        {"I8", 1},  {"U64", 8}, {"U32", 4}, {"U16", 2},  {"U8", 1},  {"BOOL", 1}};
    for (const auto& [name, size] : sizes)
        if (name == dtype) return size;
    return 0;
}

std::uint64_t unsignedOf(const Json& value, const std::string& where, const std::string& field) {
    if (!value.is_number_unsigned())
        throw InputError(where, field, "expected a whole number of at least 0");
    return value.get<std::uint64_t>();
}

/// Product of the shape times the element size; throws on overflow.
std::size_t bytesOf(const std::vector<std::int64_t>& shape, std::size_t element,
                    const std::string& where, const std::string& name) {
    std::uint64_t total = element;
    for (const std::int64_t extent : shape) {
        const auto factor = static_cast<std::uint64_t>(extent);
        if (factor != 0 && total > std::numeric_limits<std::uint64_t>::max() / factor)
            throw InputError(where, name, "shape is too large");
        total *= factor;
    }
    return total;
}

Safetensors::Tensor readEntry(const std::string& name, const Json& entry, std::size_t dataBytes,
                              const std::string& where) {
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
        throw InputError(where, name, "expected an object with dtype, shape and data_offsets");
    if (!entry["dtype"].is_string() || bytesOf(entry["dtype"].get_ref<const std::string&>()) == 0)
        throw InputError(where, name + ".dtype", "expected a known type such as F32");
    const Json& extents = entry["shape"];
    const Json& offsets = entry["data_offsets"];
    if (!extents.is_array() || extents.size() > 16)
        throw InputError(where, name + ".shape", "expected a list of at most 16 numbers");
    if (!offsets.is_array() || offsets.size() != 2)
        throw InputError(where, name + ".data_offsets", "expected two numbers");

    Safetensors::Tensor tensor{name, entry["dtype"].get<std::string>(), {}, 0, 0};
    for (const Json& extent : extents) {
        const std::uint64_t value = unsignedOf(extent, where, name + ".shape");
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            throw InputError(where, name + ".shape", "shape is too large");
        tensor.shape.push_back(static_cast<std::int64_t>(value));
    }
    const std::uint64_t first = unsignedOf(offsets[0], where, name + ".data_offsets");
    const std::uint64_t last = unsignedOf(offsets[1], where, name + ".data_offsets");
    if (first > last || last > dataBytes)
        throw InputError(where, name + ".data_offsets", "lies outside the data of the file");
    tensor.offset = first;
    tensor.bytes = last - first;
    if (bytesOf(tensor.shape, bytesOf(tensor.dtype), where, name) != tensor.bytes)
        throw InputError(where, name, "shape and data_offsets disagree");
    return tensor;
}

}  // namespace

void writeSafetensors(const std::filesystem::path& path, std::span<const TensorToWrite> tensors,
                      const TensorMetadata& metadata) {
    Json header = Json::object();
    if (!metadata.empty()) {
        Json& texts = header["__metadata__"] = Json::object();
        for (const auto& [key, text] : metadata) texts[key] = text;
    }
    std::uint64_t offset = 0;
    for (const TensorToWrite& tensor : tensors) {
        const std::uint64_t end = offset + tensor.values.size_bytes();
        header[tensor.name] = {
            {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
        offset = end;
    }
    // Non-UTF-8 bytes in metadata (a sample, a path) must not end a training run.
    std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' ');  // the data starts aligned, as the format advises
    const std::uint64_t length = text.size();

    std::vector<std::span<const std::byte>> pieces;
    pieces.reserve(tensors.size() + 2);
    pieces.push_back(std::as_bytes(std::span(&length, 1)));
    pieces.push_back(std::as_bytes(std::span(text.data(), text.size())));
    for (const TensorToWrite& tensor : tensors) pieces.push_back(std::as_bytes(tensor.values));
    writeFileAtomically(path, pieces);
}

Safetensors Safetensors::read(const std::filesystem::path& path) {
    return parse(readFile(path), utf8(path));
}

Safetensors Safetensors::parse(std::string content, std::string where) {
    Safetensors file;
    file.m_where = std::move(where);
    file.m_content = std::move(content);
    if (file.m_content.size() < kLengthBytes)
        throw InputError(file.m_where, {}, "is too short for a safetensors file");
    std::uint64_t length = 0;
    std::memcpy(&length, file.m_content.data(), kLengthBytes);
    if (length > kLongestHeader || length > file.m_content.size() - kLengthBytes)
        throw InputError(file.m_where, {}, "is not a safetensors file, or it was cut short");
    file.m_dataStart = kLengthBytes + static_cast<std::size_t>(length);
    const std::size_t dataBytes = file.m_content.size() - file.m_dataStart;

    const auto text = std::string_view(file.m_content).substr(kLengthBytes, length);
    const Json header = Json::parse(text, nullptr, false);
    if (!header.is_object())
        throw InputError(file.m_where, {}, "the safetensors header is not a JSON object");
    for (const auto& [name, entry] : header.items()) {
        if (name != "__metadata__") {
            file.m_tensors.push_back(readEntry(name, entry, dataBytes, file.m_where));
            continue;
        }
        if (!entry.is_object())
            throw InputError(file.m_where, "__metadata__", "expected an object of texts");
        for (const auto& [key, value] : entry.items()) {
            if (!value.is_string())
                throw InputError(file.m_where, "__metadata__." + key, "expected a text");
            file.m_metadata[key] = value.get<std::string>();
        }
    }

    std::sort(file.m_tensors.begin(), file.m_tensors.end(), [](const Tensor& a, const Tensor& b) {
        return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
    });
    std::size_t covered = 0;
    for (const Tensor& tensor : file.m_tensors) {
        if (tensor.offset != covered)
            throw InputError(file.m_where, tensor.name + ".data_offsets",
                             "tensors overlap or leave a hole in the data");
        covered += tensor.bytes;
    }
    if (covered != dataBytes)
        throw InputError(file.m_where, {}, "the data is longer than its tensors");
    std::sort(file.m_tensors.begin(), file.m_tensors.end(),
              [](const Tensor& a, const Tensor& b) { return a.name < b.name; });
    return file;
}

const std::string& Safetensors::metadata(const std::string& key) const {
    const auto found = m_metadata.find(key);
    if (found == m_metadata.end())
        throw InputError(m_where, "__metadata__." + key, "is missing; not a file of this program");
    return found->second;
}

const Safetensors::Tensor* Safetensors::find(std::string_view name) const {
    const auto at =
        std::lower_bound(m_tensors.begin(), m_tensors.end(), name,
                         [](const Tensor& t, std::string_view n) { return t.name < n; });
    return at != m_tensors.end() && at->name == name ? &*at : nullptr;
}

void Safetensors::copy(std::string_view name, std::span<const std::int64_t> shape,
                       std::span<float> out) const {
    const Tensor* tensor = find(name);
    if (!tensor) throw InputError(m_where, std::string(name), "tensor is missing");
    if (tensor->dtype != "F32")
        throw InputError(m_where, std::string(name), "expected type F32, found " + tensor->dtype);
    if (!std::ranges::equal(tensor->shape, shape) || tensor->bytes != out.size_bytes())
        throw InputError(m_where, std::string(name), "has another shape than this network's");
    if (tensor->bytes > 0)
        std::memcpy(out.data(), m_content.data() + m_dataStart + tensor->offset, tensor->bytes);
}

}  // namespace bitloom
