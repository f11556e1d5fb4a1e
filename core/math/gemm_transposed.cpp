// Products that sum over rows (weight gradients), the test for bf16, and the machine's own rate.

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

/// The primitives of a thread, by shape.
class TransposedProducts {
public:
    template <class E>
    void multiply(Type type, MatrixView<const E> dy, MatrixView<const E> x, bool accumulate,
                  MatrixView<float> sum) {
        Call& call = find({type, dy.rows, dy.cols, x.cols, dy.stride, x.stride, sum.stride,
                           accumulate, omp_get_max_threads()});
        call.source.set_data_handle(const_cast<E*>(dy.data));
        call.weight.set_data_handle(const_cast<E*>(x.data));
        call.destination.set_data_handle(sum.data);
        call.product.execute(stream(), call.arguments);
        stream().wait();
    }

private:
    struct Key {
        Type type;
        std::size_t rows, n, k, dyStride, xStride, stride;
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
        const memory::desc source = layout(key.n, key.rows, 1, key.dyStride, key.type);
        const memory::desc weight = layout(key.rows, key.k, key.xStride, 1, key.type);
        const memory::desc destination = layout(key.n, key.k, key.stride, 1);
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

TransposedProducts& products() {
    static thread_local TransposedProducts instance;
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
void transposedProduct<double, double>(MatrixView<const double> dy, MatrixView<const double> x,
                                       bool accumulate, MatrixView<double> sum) {
    gemm<double>(Transpose::yes, Transpose::no, dy, x, accumulate ? 1.0 : 0.0, sum);
}

template <>
void transposedProduct<float, float>(MatrixView<const float> dy, MatrixView<const float> x,
                                     bool accumulate, MatrixView<float> sum) try {
    assert(dy.rows == x.rows);
    if (sum.size() == 0) return;
    applyThreads();
    // A lone column or row is a vector, which oneDNN 3.7 gets wrong when it is strided.
    if (dy.rows < 2 || sum.cols == 1 || sum.rows == 1)
        gemm<float>(Transpose::yes, Transpose::no, dy, x, accumulate ? 1.0f : 0.0f, sum);
    else
        products().multiply(Type::f32, dy, x, accumulate, sum);
} catch (const dnnl::error& error) {
    fail(error);
}

static void emulate(MatrixView<const BFloat16> dy, MatrixView<const BFloat16> x, bool accumulate,
                    MatrixView<float> sum) {
    const Matrix<float> wideDy = widened(dy), wideX = widened(x);
    transposedProduct<float, float>(wideDy.view(), wideX.view(), accumulate, sum);
}

template <>
void transposedProduct<BFloat16, float>(MatrixView<const BFloat16> dy, MatrixView<const BFloat16> x,
                                        bool accumulate, MatrixView<float> sum) try {
    assert(dy.rows == x.rows);
    if (sum.size() == 0) return;
    applyThreads();
    if (hasBFloat16Products() && dy.rows > 1 && sum.cols > 1 && sum.rows > 1)
        products().multiply(Type::bf16, dy, x, accumulate, sum);
    else
        emulate(dy, x, accumulate, sum);
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
