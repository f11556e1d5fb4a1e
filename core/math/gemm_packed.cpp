// Products with a weight packed once and used by every time step. oneDNN's matmul picks the
// weight's layout ("any"); the reorder into it happens in pack(), the primitives are kept.

#include <omp.h>
#include <algorithm>
#include <cassert>
#include <chrono>
#include <deque>
#include <dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "math/gemm.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using dnnl::matmul;
using dnnl::memory;

const dnnl::engine& engine() {
    static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
    return instance;
}

dnnl::stream& stream() {
    static thread_local dnnl::stream instance(engine());
    return instance;
}

memory::desc layout(std::size_t rows, std::size_t cols, std::size_t rowStride,
                    std::size_t colStride) {
    const auto dim = [](std::size_t n) { return static_cast<memory::dim>(n); };
    return {{dim(rows), dim(cols)}, memory::data_type::f32, {dim(rowStride), dim(colStride)}};
}

memory::desc dense(std::size_t rows, std::size_t cols) {
    return layout(rows, cols, cols, 1);
}

memory::desc anyLayout(std::size_t rows, std::size_t cols) {
    return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(cols)},
            memory::data_type::f32,
            memory::format_tag::any};
}

/// destination = source weight, or += when accumulate. Empty if oneDNN has nothing for these
/// layouts.
matmul::primitive_desc describe(const memory::desc& source, const memory::desc& weight,
                                const memory::desc& destination, bool accumulate) {
    dnnl::primitive_attr attributes;
    if (accumulate) {
        dnnl::post_ops sum;
        sum.append_sum(1.0f);
        attributes.set_post_ops(sum);
    }
#if DNNL_VERSION_MAJOR >= 3
    return {engine(), source, weight, destination, attributes, true};
#else
    return {matmul::desc(source, weight, destination), attributes, engine(), true};
#endif
}

/// What oneDNN sees as the number of threads while alive: products of a team's members run on one
/// thread each, whose kernel is chosen (and its layout with it) for that number.
class ThreadsOfOneCall {
public:
    explicit ThreadsOfOneCall(int count) : m_former(omp_get_max_threads()) {
        omp_set_num_threads(count);
    }
    ~ThreadsOfOneCall() { omp_set_num_threads(m_former); }
    ThreadsOfOneCall(const ThreadsOfOneCall&) = delete;
    ThreadsOfOneCall& operator=(const ThreadsOfOneCall&) = delete;

private:
    int m_former;
};

[[noreturn]] void fail(const dnnl::error& error) {
    throw WorkError(std::string("the matrix product failed in oneDNN: ") + error.what());
}

/// One direction of a packed weight: y [m, out] (+)= x [m, in] * P [in, out].
class Direction {
public:
    /// `weight` is P's layout in the caller's memory, `data` its first element.
    void pack(std::size_t in, std::size_t out, const memory::desc& weight, const float* data,
              std::size_t rows, std::size_t members) {
        rows = std::max<std::size_t>(1, rows);
        const bool sameShape = m_in == in && m_out == out && m_rows == rows;
        if (!sameShape || m_threads != threads() || m_desks.size() != members) {
            m_desks.assign(members, {});
            m_in = in, m_out = out, m_rows = rows, m_threads = threads();
            const ThreadsOfOneCall single(members > 1 ? 1 : threads());
            m_layout = describe(dense(rows, in), anyLayout(in, out), dense(rows, out), false)
                           .weights_desc();
            m_packed = memory(m_layout, engine());
            m_reorder = {};
        }
        // The reorder only reads its source, the API has no const handle.
        if (!m_reorder || weight != m_source.get_desc()) {
            m_source = memory(weight, engine(), const_cast<float*>(data));
            m_reorder = dnnl::reorder(m_source, m_packed);
        }
        m_source.set_data_handle(const_cast<float*>(data));
        m_reorder.execute(stream(), m_source, m_packed);
        stream().wait();
    }

    void multiply(MatrixView<const float> x, MatrixView<float> y, bool accumulate,
                  std::size_t member) {
        assert(x.cols == m_in && y.cols == m_out && x.rows == y.rows && member < m_desks.size());
        Desk& desk = m_desks[member];
        Call& call = find(desk.calls, x, y, accumulate);
        if (!call.product) {
            throughDense(desk, x, y, accumulate, member);
            return;
        }
        call.source.set_data_handle(const_cast<float*>(x.data));
        call.destination.set_data_handle(y.data);
        call.product.execute(stream(), call.arguments);
        stream().wait();
    }

private:
    /// A primitive and its arguments for one set of layouts; `product` empty: oneDNN has none.
    struct Call {
        std::size_t rows, sourceStride, destinationStride;
        bool accumulate;
        int threads;
        matmul product;
        memory source, destination;
        std::unordered_map<int, memory> arguments;
    };

    /// What one member of a team works with: primitives hold the addresses of a call.
    struct Desk {
        std::deque<Call> calls;
        Matrix<float> x, y;  ///< dense copies
    };

    Call& find(std::deque<Call>& calls, MatrixView<const float> x, MatrixView<float> y,
               bool accumulate) {
        for (Call& call : calls)
            if (call.rows == x.rows && call.sourceStride == x.stride &&
                call.destinationStride == y.stride && call.accumulate == accumulate &&
                call.threads == threads())
                return call;
        if (calls.size() >= maxCalls) calls.pop_front();
        Call call{x.rows, x.stride, y.stride, accumulate, threads(), {}, {}, {}, {}};
        const memory::desc source = layout(x.rows, m_in, x.stride, 1);
        const memory::desc destination = layout(x.rows, m_out, y.stride, 1);
        // oneDNN 3.7 takes a single strided column for a dense one and writes beside it.
        const bool loneColumn = (m_in == 1 && x.stride != 1) || (m_out == 1 && y.stride != 1);
        const auto description = loneColumn ? matmul::primitive_desc{}
                                            : describe(source, m_layout, destination, accumulate);
        if (description) {
            call.product = matmul(description);
            call.source = memory(source, engine(), DNNL_MEMORY_NONE);
            call.destination = memory(destination, engine(), DNNL_MEMORY_NONE);
            call.arguments = {{DNNL_ARG_SRC, call.source},
                              {DNNL_ARG_WEIGHTS, m_packed},
                              {DNNL_ARG_DST, call.destination}};
        }
        calls.push_back(std::move(call));
        return calls.back();
    }

    /// The blocked kernels take dense operands only; a strided view goes through a copy.
    void throughDense(Desk& desk, MatrixView<const float> x, MatrixView<float> y, bool accumulate,
                      std::size_t member) {
        if (x.stride == x.cols && y.stride == y.cols)
            throw WorkError("this oneDNN has no product for the layout it chose itself");
        desk.x.resize(x.rows, x.cols);
        desk.y.resize(y.rows, y.cols);
        for (std::size_t i = 0; i < x.rows; ++i) std::copy_n(x.row(i), x.cols, desk.x.row(i));
        multiply(desk.x.view(), desk.y.view(), false, member);
        for (std::size_t i = 0; i < y.rows; ++i)
            for (std::size_t j = 0; j < y.cols; ++j)
                y(i, j) = accumulate ? y(i, j) + desk.y(i, j) : desk.y(i, j);
    }

    static constexpr std::size_t maxCalls = 32;

    std::size_t m_in = 0, m_out = 0, m_rows = 0;
    int m_threads = 0;
    memory::desc m_layout;
    memory m_packed, m_source;
    dnnl::reorder m_reorder;
    std::vector<Desk> m_desks;
};

}  // namespace

template <class T>
struct PackedWeight<T>::State {
    Matrix<T> weight;  ///< a plain copy; double only
};

template <>
struct PackedWeight<float>::State {
    Direction forward, backward;
    std::size_t n = 0, k = 0;
};

template <class T>
PackedWeight<T>::PackedWeight() : m_state(std::make_unique<State>()) {}
template <class T>
PackedWeight<T>::~PackedWeight() = default;
template <class T>
PackedWeight<T>::PackedWeight(PackedWeight&&) noexcept = default;
template <class T>
PackedWeight<T>& PackedWeight<T>::operator=(PackedWeight&&) noexcept = default;

template <>
void PackedWeight<float>::packForward(MatrixView<const float> w, std::size_t rows,
                                      std::size_t members) try {
    m_state->n = w.rows;
    m_state->k = w.cols;
    applyThreads();
    if (w.size() > 0)
        m_state->forward.pack(w.cols, w.rows, layout(w.cols, w.rows, 1, w.stride), w.data, rows,
                              members);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<float>::packBackward(MatrixView<const float> w, std::size_t rows,
                                       std::size_t members) try {
    m_state->n = w.rows;
    m_state->k = w.cols;
    applyThreads();
    if (w.size() > 0)
        m_state->backward.pack(w.rows, w.cols, layout(w.rows, w.cols, w.stride, 1), w.data, rows,
                               members);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<float>::forward(MatrixView<const float> x, MatrixView<float> y, bool accumulate,
                                  std::size_t member) const try {
    assert(x.cols == m_state->k && y.cols == m_state->n);
    if (y.size() == 0) return;
    if (x.cols == 0)
        return gemm<float>(Transpose::no, Transpose::no, x, {nullptr, 0, y.cols},
                           accumulate ? 1.0f : 0.0f, y);
    applyThreads();
    m_state->forward.multiply(x, y, accumulate, member);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<float>::backward(MatrixView<const float> dy, MatrixView<float> dx,
                                   bool accumulate, std::size_t member) const try {
    assert(dy.cols == m_state->n && dx.cols == m_state->k);
    if (dx.size() == 0) return;
    if (dy.cols == 0)
        return gemm<float>(Transpose::no, Transpose::no, dy, {nullptr, 0, dx.cols},
                           accumulate ? 1.0f : 0.0f, dx);
    applyThreads();
    m_state->backward.multiply(dy, dx, accumulate, member);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<double>::packForward(MatrixView<const double> w, std::size_t, std::size_t) {
    Matrix<double>& copy = m_state->weight;
    copy.resize(w.rows, w.cols);
    for (std::size_t i = 0; i < w.rows; ++i) std::copy_n(w.row(i), w.cols, copy.row(i));
}

template <>
void PackedWeight<double>::packBackward(MatrixView<const double> w, std::size_t rows,
                                        std::size_t members) {
    packForward(w, rows, members);
}

template <>
void PackedWeight<double>::forward(MatrixView<const double> x, MatrixView<double> y,
                                   bool accumulate, std::size_t) const {
    const Matrix<double>& weight = m_state->weight;
    gemm<double>(Transpose::no, Transpose::yes, x, weight.view(), accumulate ? 1.0 : 0.0, y);
}

template <>
void PackedWeight<double>::backward(MatrixView<const double> dy, MatrixView<double> dx,
                                    bool accumulate, std::size_t) const {
    const Matrix<double>& weight = m_state->weight;
    gemm<double>(Transpose::no, Transpose::no, dy, weight.view(), accumulate ? 1.0 : 0.0, dx);
}

template class PackedWeight<float>;
template class PackedWeight<double>;

double peakGflops(std::size_t size, int repeats) try {
    applyThreads();
    const memory::desc any = anyLayout(size, size);
    const auto description = describe(any, any, any, false);
    const matmul product(description);
    memory source(description.src_desc(), engine());
    memory weight(description.weights_desc(), engine());
    memory destination(description.dst_desc(), engine());
    // The operands stay in the layout oneDNN chose: arbitrary numbers need no reorder.
    for (memory* operand : {&source, &weight}) {
        auto* numbers = static_cast<float*>(operand->get_data_handle());
        const std::size_t count = operand->get_desc().get_size() / sizeof(float);
        for (std::size_t i = 0; i < count; ++i)
            numbers[i] = static_cast<float>(i * 2654435761u % 1024) / 1024.0f - 0.5f;
    }
    std::vector<double> rates;
    for (int i = -1; i < std::max(1, repeats); ++i) {  // the first one warms up
        const auto start = std::chrono::steady_clock::now();
        product.execute(
            stream(),
            {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, weight}, {DNNL_ARG_DST, destination}});
        stream().wait();
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
        const auto n = static_cast<double>(size);
        if (i >= 0) rates.push_back(2e-9 * n * n * n / spent.count());
    }
    std::sort(rates.begin(), rates.end());
    return rates[rates.size() / 2];
} catch (const dnnl::error& error) {
    fail(error);
}

}  // namespace bitloom
