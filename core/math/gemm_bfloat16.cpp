// bf16 products of plain matrices, the test for them, and the machine's own rate.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <deque>
#include <unordered_map>
#include <vector>

#include "math/gemm.h"
#include "math/gemm_onednn.h"
#include "math/kernels.h"
#include "math/product_library.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using namespace onednn;  // NOLINT: a source file of its own

/// Before a rate is measured: until the scheduler has given each thread a processor of its own and
/// the clock has settled.
constexpr double warmUpSeconds = 0.3;

/// The bf16 primitives of a thread, by shape.
class Products {
public:
    void multiply(MatrixView<const BFloat16> a, MatrixView<const BFloat16> b, bool accumulate,
                  MatrixView<float> c) {
        Call& call = find({a.rows, a.cols, b.cols, a.stride, b.stride, c.stride, accumulate,
                           omp_get_max_threads()});
        call.source.set_data_handle(const_cast<BFloat16*>(a.data));
        call.weight.set_data_handle(const_cast<BFloat16*>(b.data));
        call.destination.set_data_handle(c.data);
        call.product.execute(stream(), call.arguments);
        stream().wait();
    }

private:
    struct Key {
        std::size_t m, k, n, aStride, bStride, cStride;
        bool accumulate;
        int threads;
        bool operator==(const Key&) const = default;
    };
    struct Call {
        Key key;
        matmul product;
        memory source, weight, destination;
        std::unordered_map<int, memory> arguments;
    };

    Call& find(const Key& key) {
        for (Call& call : m_calls)
            if (call.key == key) return call;
        if (m_calls.size() >= maxCalls) m_calls.pop_front();
        Call call{key, {}, {}, {}, {}, {}};
        const memory::desc source = layout(key.m, key.k, key.aStride, 1, Type::bf16);
        const memory::desc weight = layout(key.k, key.n, key.bStride, 1, Type::bf16);
        const memory::desc destination = layout(key.m, key.n, key.cStride, 1);
        call.product = matmul(describe(source, weight, destination, key.accumulate));
        call.source = memory(source, engine(), DNNL_MEMORY_NONE);
        call.weight = memory(weight, engine(), DNNL_MEMORY_NONE);
        call.destination = memory(destination, engine(), DNNL_MEMORY_NONE);
        call.arguments = {{DNNL_ARG_SRC, call.source},
                          {DNNL_ARG_WEIGHTS, call.weight},
                          {DNNL_ARG_DST, call.destination}};
        m_calls.push_back(std::move(call));
        return m_calls.back();
    }

    static constexpr std::size_t maxCalls = 64;
    std::deque<Call> m_calls;
};

Products& products() {
    static thread_local Products instance;
    return instance;
}

/// BFloat16 rows as floats.
Matrix<float> widened(MatrixView<const BFloat16> x) {
    Matrix<float> wide(x.rows, x.cols);
    for (std::size_t i = 0; i < x.rows; ++i)
        for (std::size_t j = 0; j < x.cols; ++j) wide(i, j) = static_cast<float>(x(i, j));
    return wide;
}

}  // namespace

int productLibraryVersion() {
    return DNNL_VERSION_MAJOR;
}

bool hasBFloat16Products() {
    static const bool has = [] {
        try {
            const auto description = describe(dense(16, 64, Type::bf16),
                                              anyLayout(64, 64, Type::bf16), dense(16, 64), false);
            return bool(description) &&
                   std::string(description.impl_info_str()).find("ref") == std::string::npos;
        } catch (const dnnl::error&) {
            return false;
        }
    }();
    return has;
}

template <>
void product<double, double>(MatrixView<const double> a, MatrixView<const double> b,
                             bool accumulate, MatrixView<double> c) {
    gemm<double>(Transpose::no, Transpose::no, a, b, accumulate ? 1.0 : 0.0, c);
}

template <>
void product<float, float>(MatrixView<const float> a, MatrixView<const float> b, bool accumulate,
                           MatrixView<float> c) {
    gemm<float>(Transpose::no, Transpose::no, a, b, accumulate ? 1.0f : 0.0f, c);
}

template <>
void product<BFloat16, float>(MatrixView<const BFloat16> a, MatrixView<const BFloat16> b,
                              bool accumulate, MatrixView<float> c) try {
    assert(a.cols == b.rows && a.rows == c.rows && b.cols == c.cols);
    if (c.size() == 0) return;
    applyThreads();
    // A lone column or row is a vector, which oneDNN 3.7 gets wrong when it is strided.
    if (hasBFloat16Products() && a.cols > 1 && c.cols > 1 && c.rows > 1)
        products().multiply(a, b, accumulate, c);
    else
        product<float, float>(widened(a).view(), widened(b).view(), accumulate, c);
} catch (const dnnl::error& error) {
    fail(error);
}

double peakGflops(std::size_t size, int repeats, Precision precision) try {
    applyThreads();
    const Type type = typeOf(precision);
    const memory::desc any = anyLayout(size, size, type);
    const auto description = describe(any, any, anyLayout(size, size), false);
    if (!description) return 0;
    const matmul product(description);
    memory source(description.src_desc(), engine());
    memory weight(description.weights_desc(), engine());
    memory destination(description.dst_desc(), engine());
    // The operands stay in the layout oneDNN chose: arbitrary numbers need no reorder.
    for (memory* operand : {&source, &weight}) {
        const auto number = [](std::size_t i) {
            return static_cast<float>(i * 2654435761u % 1024) / 1024.0f - 0.5f;
        };
        const std::size_t bytes = operand->get_desc().get_size();
        if (precision == Precision::bf16) {
            auto* const numbers = static_cast<BFloat16*>(operand->get_data_handle());
            for (std::size_t i = 0; i < bytes / sizeof(BFloat16); ++i)
                numbers[i] = BFloat16(number(i));
        } else {
            auto* const numbers = static_cast<float*>(operand->get_data_handle());
            for (std::size_t i = 0; i < bytes / sizeof(float); ++i) numbers[i] = number(i);
        }
    }
    const auto seconds = [&] {
        const auto start = std::chrono::steady_clock::now();
        product.execute(
            stream(),
            {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weight}, {DNNL_ARG_DST, destination}});
        stream().wait();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    double warmUp = seconds();
    while (warmUp < warmUpSeconds) warmUp += seconds();
    const double n = static_cast<double>(size);
    std::vector<double> rates;
    for (int i = 0; i < std::max(1, repeats); ++i)
        rates.push_back(2 * n * n * n / seconds() * 1e-9);
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
} catch (const dnnl::error& error) {
    fail(error);
}

}  // namespace bitloom
