#include "probe/verify_case.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "nn/check.h"
#include "quant/registry.h"

namespace bitloom {

namespace {

using Json = nlohmann::json;

constexpr std::uintmax_t k_largestFile = std::uintmax_t{512} << 20;

class Reader {
public:
    Reader(const std::filesystem::path& file, const Json& root)
        : m_file(utf8(file)), m_root(root) {}

    [[noreturn]] void fail(const std::string& field, const std::string& why) const {
        throw InputError(m_file, field, why);
    }

    const Json& member(const Json& object, const std::string& path, const char* key) const {
        const std::string field = path.empty() ? key : path + "." + key;
        if (!object.is_object()) fail(path, "must be an object");
        const auto found = object.find(key);
        if (found == object.end()) fail(field, "is missing");
        return *found;
    }
    const Json& root() const { return m_root; }

    int integer(const Json& object, const std::string& path, const char* key, int high) const {
        const Json& value = member(object, path, key);
        const std::string range = "must be a whole number from 0 to " + std::to_string(high);
        if (!value.is_number_integer()) fail(path + "." + key, range);
        const auto number = value.get<std::int64_t>();
        const bool overflows = value.is_number_unsigned() &&
                               value.get<std::uint64_t>() > static_cast<std::uint64_t>(high);
        if (overflows || number < 0 || number > high) fail(path + "." + key, range);
        return static_cast<int>(number);
    }
    double number(const Json& value, const std::string& field) const {
        if (!value.is_number() || !std::isfinite(value.get<double>()))
            fail(field, "must be a finite number");
        return value.get<double>();
    }
    std::string text(const Json& value, const std::string& field) const {
        if (!value.is_string()) fail(field, "must be a string");
        return value.get<std::string>();
    }

    /// A rectangular nest of arrays of numbers, at most 4 deep.
    VerifyTensor tensor(const Json& value, const std::string& field) const {
        VerifyTensor result;
        const Json* level = &value;
        while (level->is_array()) {
            if (level->empty() || result.shape.size() == 4)
                fail(field, "is not a tensor of numbers");
            result.shape.push_back(static_cast<std::int64_t>(level->size()));
            level = &level->front();
        }
        flatten(value, field, result, 0);
        return result;
    }
    VerifyTensor tensor(const Json& value, const std::string& field,
                        const std::vector<std::int64_t>& shape) const {
        VerifyTensor result = tensor(value, field);
        if (result.shape != shape)
            fail(field,
                 "has the shape " + shapeText(result.shape) + ", expected " + shapeText(shape));
        return result;
    }
    VerifyTensors tensors(const Json& object, const std::string& path, const char* key) const {
        const std::string field = path.empty() ? key : path + "." + key;
        const Json& values = member(object, path, key);
        if (!values.is_object()) fail(field, "must be an object of tensors");
        VerifyTensors result;
        for (const auto& [name, value] : values.items())
            result[name] = tensor(value, field + "." + name);
        return result;
    }
    /// Integers of a given shape within [0, bound).
    std::vector<std::int32_t> indices(const Json& value, const std::string& field,
                                      const std::vector<std::int64_t>& shape, int bound) const {
        std::vector<std::int32_t> result;
        for (const double v : tensor(value, field, shape).values) {
            if (v != std::floor(v) || v < 0 || v >= bound)
                fail(field, "must hold whole numbers from 0 to " + std::to_string(bound - 1));
            result.push_back(static_cast<std::int32_t>(v));
        }
        return result;
    }

    static std::string shapeText(const std::vector<std::int64_t>& shape) {
        std::string text = "[";
        for (std::size_t i = 0; i < shape.size(); ++i)
            text += (i ? ", " : "") + std::to_string(shape[i]);
        return text + "]";
    }

private:
    void flatten(const Json& value, const std::string& field, VerifyTensor& out,
                 std::size_t depth) const {
        if (depth == out.shape.size()) {
            out.values.push_back(number(value, field));
            return;
        }
        if (!value.is_array() || value.size() != static_cast<std::size_t>(out.shape[depth]))
            fail(field, "its rows are of different lengths");
        for (const Json& item : value) flatten(item, field, out, depth + 1);
    }

    std::string m_file;
    const Json& m_root;
};

void readQuantizer(const Reader& reader, const Json& spec, QuantizerConfig& quantizer) {
    const Json& method = reader.member(spec, "spec", "quantizer");
    quantizer.bits = reader.integer(spec, "spec", "bits", 32);
    if (method.is_null()) return;
    quantizer.method = reader.text(method, "spec.quantizer");
    const QuantizerMethod* known = findQuantizerMethod(quantizer.method);
    if (!known) reader.fail("spec.quantizer", "there is no quantizer '" + quantizer.method + "'");
    if (known->stochastic)
        reader.fail("spec.quantizer", "a stochastic quantizer has no reference numbers");
    // Cases of methods without a choice of bits say 1.
    if (quantizer.bits == 1) quantizer.bits = known->bits.front();
    for (const int bits : known->bits)
        if (bits == 1 && reader.integer(spec, "spec", "bits", 32) == 1) quantizer.bits = 1;
}

/// The network, refused before anything is allocated if the file cannot hold its numbers.
void readSpec(const Reader& reader, VerifyCase& c, std::uintmax_t fileSize) {
    constexpr int wide = 1 << 20;
    const Json& spec = reader.member(reader.root(), "", "spec");
    const std::string cell = reader.text(reader.member(spec, "spec", "cell"), "spec.cell");
    if (cell != "lstm" && cell != "gru") reader.fail("spec.cell", "must be lstm or gru");
    NetworkConfig& n = c.config;
    n.cell = cell == "lstm" ? Cell::lstm : Cell::gru;
    n.layers = reader.integer(spec, "spec", "layers", 64);
    n.hidden = reader.integer(spec, "spec", "hidden", 1 << 15);
    n.features = reader.integer(spec, "spec", "inputs", wide);
    n.embedding = reader.integer(spec, "spec", "embedding", 1 << 15);
    const int vocabulary = reader.integer(spec, "spec", "vocabulary", wide);
    const int classes = reader.integer(spec, "spec", "classes", wide);
    n.vocabulary = n.features > 0 ? 0 : vocabulary;
    n.outputs = classes > 0 ? classes : vocabulary;
    n.task = n.features > 0 ? Task::classification : Task::language_model;
    readQuantizer(reader, spec, n.quantizer);
    NormalizationConfig& norm = n.normalization;
    norm.method = reader.text(reader.member(spec, "spec", "normalization"), "spec.normalization");
    const Json& normalizeCell = reader.member(spec, "spec", "normalize_cell");
    if (!normalizeCell.is_boolean()) reader.fail("spec.normalize_cell", "must be true or false");
    norm.cell = normalizeCell.get<bool>();
    norm.maxSteps = reader.integer(spec, "spec", "max_steps", 100000);
    c.clipNorm = reader.number(reader.member(spec, "spec", "clip_norm"), "spec.clip_norm");
    c.learningRate =
        reader.number(reader.member(spec, "spec", "learning_rate"), "spec.learning_rate");
    const VerifyTensor adam = reader.tensor(reader.member(spec, "spec", "adam"), "spec.adam", {3});
    std::copy_n(adam.values.begin(), 3, c.adam.begin());
    try {
        checkNetwork(n);
    } catch (const InputError& error) {
        reader.fail("spec", error.what());
    }
    double numbers =
        static_cast<double>(n.vocabulary) * n.embedding + static_cast<double>(n.outputs) * n.hidden;
    for (int l = 0; l < n.layers; ++l)
        numbers += static_cast<double>(n.gates()) * n.hidden * (n.inputWidth(l) + n.hidden);
    if (norm.method == "batch_separate")
        numbers += 4.0 * n.layers * norm.maxSteps * n.gates() * n.hidden;
    if (numbers * 2 > static_cast<double>(fileSize))  // a number and its comma
        reader.fail("spec", "describes a network of " +
                                std::to_string(static_cast<long long>(numbers)) +
                                " numbers, more than the file can hold");
}

void readBatch(const Reader& reader, VerifyCase& c) {
    const NetworkConfig& n = c.config;
    const VerifyTensor inputs = reader.tensor(reader.member(reader.root(), "", "inputs"), "inputs");
    const std::size_t rank = n.features > 0 ? 3 : 2;
    if (inputs.shape.size() != rank)
        reader.fail("inputs", "must have " + std::to_string(rank) + " dimensions");
    Batch& batch = c.batch;
    batch.steps = static_cast<std::size_t>(inputs.shape[0]);
    batch.size = static_cast<std::size_t>(inputs.shape[1]);
    const std::vector<std::int64_t> steps{inputs.shape[0], inputs.shape[1]};
    const Json& targets = reader.member(reader.root(), "", "targets");
    if (n.features > 0) {
        if (inputs.shape[2] != n.features)
            reader.fail("inputs", "must have spec.inputs numbers a step");
        batch.features = static_cast<std::size_t>(n.features);
        c.frames = inputs.values;
        for (const double v : inputs.values) batch.frames.push_back(static_cast<float>(v));
        batch.targets = reader.indices(targets, "targets", {inputs.shape[1]}, n.outputs);
    } else {
        batch.tokens = reader.indices(reader.root()["inputs"], "inputs", steps, n.vocabulary);
        batch.targets = reader.indices(targets, "targets", steps, n.outputs);
    }
    if (batch.size == 1 && n.normalization.method.rfind("batch", 0) == 0)
        reader.fail("inputs", "batch normalization needs at least 2 sequences");
}

void readLambda(const Reader& reader, const Json& expected, VerifyCase& c) {
    const auto found = expected.find("lambda");
    if (found == expected.end()) return;
    const std::string field = "expected.lambda";
    if (!found->is_array() || found->size() != static_cast<std::size_t>(c.config.layers) ||
        c.config.cell != Cell::lstm)
        reader.fail(field, "must be a list with one object for each LSTM layer");
    for (const Json& layer : *found) {
        const auto read = [&](const Json& object, const char* key) {
            return reader.number(reader.member(object, field, key), field + "." + key);
        };
        VerifyLambda lambda;
        lambda.lambda1 = read(layer, "lambda_1");
        lambda.lambda2 = read(layer, "lambda_2");
        const Json& parts = reader.member(layer, field, "parts");
        std::size_t g = 0;
        for (const char* gate : {"i", "f", "g", "o"}) lambda.gates[g++] = read(parts, gate);
        lambda.gamma = read(parts, "gamma");
        c.lambda.push_back(lambda);
    }
}

void readExpected(const Reader& reader, VerifyCase& c) {
    const std::string path = "expected";
    const Json& expected = reader.member(reader.root(), "", "expected");
    const auto number = [&](const char* key) {
        return reader.number(reader.member(expected, path, key), path + "." + key);
    };
    c.quantized = reader.tensors(expected, path, "quantized");
    c.effective = reader.tensors(expected, path, "effective");
    c.gradients = reader.tensors(expected, path, "gradients");
    c.parametersAfterAdam = reader.tensors(expected, path, "parameters_after_adam");
    c.runningAfter = reader.tensors(expected, path, "running");
    std::vector<std::int64_t> shape{static_cast<std::int64_t>(c.batch.size), c.config.outputs};
    if (c.config.task == Task::language_model)
        shape.insert(shape.begin(), static_cast<std::int64_t>(c.batch.steps));
    c.logits = reader.tensor(reader.member(expected, path, "logits"), "expected.logits", shape);
    c.loss = number("loss");
    c.gradientNorm = number("gradient_norm_before_clip");
    c.evaluationLoss = number("evaluation_loss");
    const VerifyTensor norms = reader.tensor(
        reader.member(expected, path, "state_gradient_norms"), "expected.state_gradient_norms",
        {c.config.layers, static_cast<std::int64_t>(c.batch.steps)});
    for (auto v = norms.values.begin(); v != norms.values.end();
         v += static_cast<std::ptrdiff_t>(c.batch.steps))
        c.stateGradientNorms.emplace_back(v, v + static_cast<std::ptrdiff_t>(c.batch.steps));
    readLambda(reader, expected, c);
}

}  // namespace

VerifyCase readVerifyCase(const std::filesystem::path& file) {
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(file, error);
    if (!error && size > k_largestFile)
        throw InputError(utf8(file), {}, "is larger than 512 MB, no reference case");
    const std::string content = readFile(file);
    Json root;
    try {
        root = Json::parse(content);
    } catch (const Json::parse_error& problem) {
        throw InputError(utf8(file), {},
                         "is not valid JSON at byte " + std::to_string(problem.byte));
    } catch (const Json::exception&) {
        throw InputError(utf8(file), {}, "is not valid JSON: a number is out of range");
    }
    const Reader reader(file, root);
    VerifyCase c;
    c.name = reader.text(reader.member(root, "", "name"), "name");
    readSpec(reader, c, content.size());
    readBatch(reader, c);
    c.parameters = reader.tensors(root, "", "parameters");
    c.secondMoment = reader.tensors(root, "", "second_moment");
    c.running = reader.tensors(root, "", "running");
    readExpected(reader, c);
    return c;
}

}  // namespace bitloom
