#pragma once
// The few oneDNN calls that the products of this room share; oneDNN 2.6 and 3.x. Included by
// core/math/gemm*.cpp only.

#include <omp.h>

#include <cstddef>
#include <dnnl.hpp>
#include <string>

#include "base/error.h"
#include "math/bfloat16.h"

namespace bitloom::onednn {

using dnnl::matmul;
using dnnl::memory;
using Type = memory::data_type;

inline const dnnl::engine& engine() {
    static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
    return instance;
}

inline dnnl::stream& stream() {
    static thread_local dnnl::stream instance(engine());
    return instance;
}

inline Type typeOf(Precision precision) {
    return precision == Precision::bf16 ? Type::bf16 : Type::f32;
}

inline memory::desc layout(std::size_t rows, std::size_t cols, std::size_t rowStride,
                           std::size_t colStride, Type type = Type::f32) {
    const auto dim = [](std::size_t n) { return static_cast<memory::dim>(n); };
    return {{dim(rows), dim(cols)}, type, {dim(rowStride), dim(colStride)}};
}

inline memory::desc dense(std::size_t rows, std::size_t cols, Type type = Type::f32) {
    return layout(rows, cols, cols, 1, type);
}

inline memory::desc anyLayout(std::size_t rows, std::size_t cols, Type type = Type::f32) {
    return {{static_cast<memory::dim>(rows), static_cast<memory::dim>(cols)},
            type,
            memory::format_tag::any};
}

/// destination = source weight, or += when accumulate. Empty if oneDNN has nothing for these
/// layouts.
inline matmul::primitive_desc describe(const memory::desc& source, const memory::desc& weight,
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

[[noreturn]] inline void fail(const dnnl::error& error) {
    throw WorkError(std::string("the matrix product failed in oneDNN: ") + error.what());
}

}  // namespace bitloom::onednn
