// Products with a weight packed once and used by every time step. oneDNN's matmul picks the
// weight's layout ("any"); the reorder into it happens in pack(), the primitives are kept.

#include <algorithm>
#include <cassert>
#include <deque>
#include <unordered_map>
#include <vector>

#include "math/gemm.h"
#include "math/gemm_onednn.h"
#include "math/kernels.h"
#include "math/threads.h"

namespace bitloom {
namespace {

using namespace onednn;  // NOLINT: a source file of its own

template <class E>
constexpr Type typeFor = std::is_same_v<E, BFloat16> ? Type::bf16 : Type::f32;

/// What oneDNN packs from: the numbers of P [in, out] as they lie.
struct Plain {
    memory::desc layout;
    const void* data;
};

/// P = w, or w transposed. oneDNN 3.7's reorders into blocks that the sizes do not fill write wrong
/// numbers from a transposed source, and from one that they round (seen with AVX-512: 5 x 3 and 40
/// x 96 transposed, 33 x 9 rounded to bf16). 3.x is given rows of the packed type, valid until the
/// thread's next call.
Plain plainOf(MatrixView<const float> w, Transpose transpose, [[maybe_unused]] Type type) {
#if DNNL_VERSION_MAJOR >= 3
    static thread_local Matrix<float> transposed;
    static thread_local Matrix<BFloat16> rounded;
    if (transpose == Transpose::yes) {
        transposed.resize(w.cols, w.rows);
        kernels::transpose<float>(w, transposed.view());
        w = std::as_const(transposed).view();
    }
    if (type == Type::bf16) {
        rounded.resize(w.rows, w.cols);
        kernels::roundToBFloat16(w, rounded.view());
        return {dense(w.rows, w.cols, type), rounded.data()};
    }
    return {layout(w.rows, w.cols, w.stride, 1), w.data};
#else
    if (transpose == Transpose::yes) return {layout(w.cols, w.rows, 1, w.stride), w.data};
    return {layout(w.rows, w.cols, w.stride, 1), w.data};
#endif
}

/// One direction of a packed weight: y [m, out] (+)= x [m, in] * P [in, out].
class Direction {
public:
    /// What a pack is for.
    struct Use {
        std::size_t rows = 1, members = 1;
        Precision precision = Precision::fp32;
        bool operator==(const Use&) const = default;
    };

    /// P = w, or w transposed.
    void pack(MatrixView<const float> w, Transpose transpose, Use use) {
        const std::size_t in = transpose == Transpose::yes ? w.cols : w.rows;
        const std::size_t out = transpose == Transpose::yes ? w.rows : w.cols;
        use.rows = std::max<std::size_t>(1, use.rows);
        if (m_in != in || m_out != out || m_use != use || m_threads != threads()) {
            m_in = in, m_out = out, m_use = use, m_threads = threads();
            m_desks.assign(use.members, {});
            m_type =
                use.precision == Precision::bf16 && hasBFloat16Products() ? Type::bf16 : Type::f32;
            const ThreadsOfOneCall threadsOfOne(use.members > 1 ? 1 : threads());
            m_layout = describe(dense(use.rows, in, m_type), anyLayout(in, out, m_type),
                                dense(use.rows, out), false)
                           .weights_desc();
            m_packed = memory(m_layout, engine());
            m_reorder = {};
        }
        // The reorder only reads its source, the API has no const handle.
        const Plain plain = plainOf(w, transpose, m_type);
        if (!m_reorder || plain.layout != m_source.get_desc()) {
            m_source = memory(plain.layout, engine(), DNNL_MEMORY_NONE);
            m_reorder = dnnl::reorder(m_source, m_packed);
        }
        m_source.set_data_handle(const_cast<void*>(plain.data));
        m_reorder.execute(stream(), m_source, m_packed);
        stream().wait();
    }

    [[nodiscard]] bool rounds() const { return m_use.precision == Precision::bf16; }

    void multiply(MatrixView<const float> x, MatrixView<float> y, bool accumulate,
                  std::size_t member) {
        if (!rounds()) return run(x, y, accumulate, member);
        Matrix<BFloat16>& rounded = m_desks[member].rounded;
        rounded.resize(x.rows, x.cols);
        kernels::roundToBFloat16(x, rounded.view());
        multiply(std::as_const(rounded).view(), y, accumulate, member);
    }

    void multiply(MatrixView<const BFloat16> x, MatrixView<float> y, bool accumulate,
                  std::size_t member) {
        assert(rounds());
        if (m_type == Type::bf16) return run(x, y, accumulate, member);
        Matrix<float>& wide = m_desks[member].wide;
        wide.resize(x.rows, x.cols);
        for (std::size_t i = 0; i < x.rows; ++i)
            std::transform(x.row(i), x.row(i) + x.cols, wide.row(i),
                           [](BFloat16 v) { return static_cast<float>(v); });
        run(std::as_const(wide).view(), y, accumulate, member);
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
        Matrix<BFloat16> rounded;
        Matrix<float> wide;  ///< bf16 numbers as floats, where there is no bf16 product
    };

    template <class E>
    void run(MatrixView<const E> x, MatrixView<float> y, bool accumulate, std::size_t member) {
        assert(x.cols == m_in && y.cols == m_out && x.rows == y.rows && member < m_desks.size());
        Desk& desk = m_desks[member];
        Call& call = find<E>(desk.calls, x, y, accumulate);
        if (!call.product) {
            throughDense(desk, x, y, accumulate, member);
            return;
        }
        call.source.set_data_handle(const_cast<E*>(x.data));
        call.destination.set_data_handle(y.data);
        call.product.execute(stream(), call.arguments);
        stream().wait();
    }

    template <class E>
    Call& find(std::deque<Call>& calls, MatrixView<const E> x, MatrixView<float> y,
               bool accumulate) {
        for (Call& call : calls)
            if (call.rows == x.rows && call.sourceStride == x.stride &&
                call.destinationStride == y.stride && call.accumulate == accumulate &&
                call.threads == threads())
                return call;
        if (calls.size() >= maxCalls) calls.pop_front();
        Call call{x.rows, x.stride, y.stride, accumulate, threads(), {}, {}, {}, {}};
        const memory::desc source = layout(x.rows, m_in, x.stride, 1, typeFor<E>);
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
    template <class E>
    void throughDense(Desk& desk, MatrixView<const E> x, MatrixView<float> y, bool accumulate,
                      std::size_t member) {
        if (x.stride == x.cols && y.stride == y.cols)
            throw WorkError("this oneDNN has no product for the layout it chose itself");
        Matrix<E> copy(x.rows, x.cols);
        desk.y.resize(y.rows, y.cols);
        for (std::size_t i = 0; i < x.rows; ++i) std::copy_n(x.row(i), x.cols, copy.row(i));
        run(std::as_const(copy).view(), desk.y.view(), false, member);
        for (std::size_t i = 0; i < y.rows; ++i)
            for (std::size_t j = 0; j < y.cols; ++j)
                y(i, j) = accumulate ? y(i, j) + desk.y(i, j) : desk.y(i, j);
    }

    static constexpr std::size_t maxCalls = 32;

    std::size_t m_in = 0, m_out = 0;
    Use m_use;
    int m_threads = 0;
    Type m_type = Type::f32;
    memory::desc m_layout;
    memory m_packed, m_source;
    dnnl::reorder m_reorder;
    std::vector<Desk> m_desks;
};

/// bf16 without bf16 products: the same numbers as floats.
MatrixView<const float> roundedIfEmulated(MatrixView<const float> w, Precision precision,
                                          Matrix<float>& copy) {
    if (precision == Precision::fp32 || hasBFloat16Products()) return w;
    copy.resize(w.rows, w.cols);
    for (std::size_t i = 0; i < w.rows; ++i)
        for (std::size_t j = 0; j < w.cols; ++j) copy(i, j) = static_cast<float>(BFloat16(w(i, j)));
    return std::as_const(copy).view();
}

}  // namespace

template <class T>
struct PackedWeight<T>::State {
    Matrix<T> weight;  ///< a plain copy; double only
};

template <>
struct PackedWeight<float>::State {
    Direction forward, backward;
    Matrix<float> rounded;
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
                                      std::size_t members, Precision precision) try {
    m_state->n = w.rows;
    m_state->k = w.cols;
    applyThreads();
    if (w.size() == 0) return;
    const MatrixView<const float> from = roundedIfEmulated(w, precision, m_state->rounded);
    m_state->forward.pack(from, Transpose::yes, {rows, members, precision});
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<float>::packBackward(MatrixView<const float> w, std::size_t rows,
                                       std::size_t members, Precision precision) try {
    m_state->n = w.rows;
    m_state->k = w.cols;
    applyThreads();
    if (w.size() == 0) return;
    const MatrixView<const float> from = roundedIfEmulated(w, precision, m_state->rounded);
    m_state->backward.pack(from, Transpose::no, {rows, members, precision});
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
void PackedWeight<float>::forward(MatrixView<const BFloat16> x, MatrixView<float> y,
                                  bool accumulate, std::size_t member) const try {
    assert(x.cols == m_state->k && y.cols == m_state->n && x.cols > 0);
    applyThreads();
    if (y.size() > 0) m_state->forward.multiply(x, y, accumulate, member);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<float>::backward(MatrixView<const BFloat16> dy, MatrixView<float> dx,
                                   bool accumulate, std::size_t member) const try {
    assert(dy.cols == m_state->n && dx.cols == m_state->k && dy.cols > 0);
    applyThreads();
    if (dx.size() > 0) m_state->backward.multiply(dy, dx, accumulate, member);
} catch (const dnnl::error& error) {
    fail(error);
}

template <>
void PackedWeight<double>::packForward(MatrixView<const double> w, std::size_t, std::size_t,
                                       Precision precision) {
    if (precision != Precision::fp32) throw WorkError("double has no bf16 products");
    Matrix<double>& copy = m_state->weight;
    copy.resize(w.rows, w.cols);
    for (std::size_t i = 0; i < w.rows; ++i) std::copy_n(w.row(i), w.cols, copy.row(i));
}

template <>
void PackedWeight<double>::packBackward(MatrixView<const double> w, std::size_t rows,
                                        std::size_t members, Precision precision) {
    packForward(w, rows, members, precision);
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

template <>
void PackedWeight<double>::forward(MatrixView<const BFloat16>, MatrixView<double>, bool,
                                   std::size_t) const {
    throw WorkError("double has no bf16 products");
}

template <>
void PackedWeight<double>::backward(MatrixView<const BFloat16>, MatrixView<double>, bool,
                                    std::size_t) const {
    throw WorkError("double has no bf16 products");
}

template class PackedWeight<float>;
template class PackedWeight<double>;

}  // namespace bitloom
