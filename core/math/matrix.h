#pragma once
// Row-major matrices over 64-byte aligned memory, and views of them. T is float (training) or
// double (the plain twin that gradients are checked in).

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace bitloom {

/// A zero-initialized, 64-byte aligned array.
template <class T>
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(std::size_t size) { resize(size); }
    Buffer(const Buffer& other) { *this = other; }
    Buffer(Buffer&& other) noexcept
        : m_data(std::exchange(other.m_data, nullptr)),
          m_size(std::exchange(other.m_size, 0)),
          m_capacity(std::exchange(other.m_capacity, 0)) {}
    Buffer& operator=(const Buffer& other) {
        if (this != &other) {
            resize(other.m_size);
            std::copy(other.begin(), other.end(), begin());
        }
        return *this;
    }
    Buffer& operator=(Buffer&& other) noexcept {
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
        std::swap(m_capacity, other.m_capacity);
        return *this;
    }
    ~Buffer() { release(); }

    /// Keeps the memory if it is large enough; the content is zero after growth, else unspecified.
    void resize(std::size_t size) {
        if (size > m_capacity) {
            T* fresh = static_cast<T*>(::operator new (size * sizeof(T), std::align_val_t{64}));
            std::fill_n(fresh, size, T{});
            release();
            m_data = fresh;
            m_capacity = size;
        }
        m_size = size;
    }
    void fill(T value) { std::fill(begin(), end(), value); }

    [[nodiscard]] T* data() { return m_data; }
    [[nodiscard]] const T* data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    [[nodiscard]] bool empty() const { return m_size == 0; }
    T& operator[](std::size_t i) { return m_data[i]; }
    const T& operator[](std::size_t i) const { return m_data[i]; }
    T* begin() { return m_data; }
    T* end() { return m_data + m_size; }
    const T* begin() const { return m_data; }
    const T* end() const { return m_data + m_size; }
    [[nodiscard]] std::span<T> span() { return {m_data, m_size}; }
    [[nodiscard]] std::span<const T> span() const { return {m_data, m_size}; }

private:
    void release() {
        if (m_data) ::operator delete (m_data, std::align_val_t{64});
    }

    T* m_data = nullptr;
    std::size_t m_size = 0;
    std::size_t m_capacity = 0;
};

/// A view of rows x cols numbers, `stride` apart from row to row. T may be const.
template <class T>
struct MatrixView {
    T* data = nullptr;
    std::size_t rows = 0;
    std::size_t cols = 0;
    std::size_t stride = 0;

    MatrixView() = default;
    MatrixView(T* d, std::size_t r, std::size_t c) : data(d), rows(r), cols(c), stride(c) {}
    MatrixView(T* d, std::size_t r, std::size_t c, std::size_t s)
        : data(d), rows(r), cols(c), stride(s) {}
    /// A view of mutable numbers is a view of constant ones.
    operator MatrixView<const T>() const { return {data, rows, cols, stride}; }

    [[nodiscard]] T* row(std::size_t i) const { return data + i * stride; }
    T& operator()(std::size_t i, std::size_t j) const { return data[i * stride + j]; }
    [[nodiscard]] MatrixView rowRange(std::size_t first, std::size_t count) const {
        return {row(first), count, cols, stride};
    }
    [[nodiscard]] MatrixView columnRange(std::size_t first, std::size_t count) const {
        return {data + first, rows, count, stride};
    }
    [[nodiscard]] std::size_t size() const { return rows * cols; }
};

/// An owning rows x cols matrix.
template <class T>
class Matrix {
public:
    Matrix() = default;
    Matrix(std::size_t rows, std::size_t cols) { resize(rows, cols); }

    void resize(std::size_t rows, std::size_t cols) {
        m_buffer.resize(rows * cols);
        m_rows = rows;
        m_cols = cols;
    }
    void fill(T value) { m_buffer.fill(value); }
    [[nodiscard]] std::size_t rows() const { return m_rows; }
    [[nodiscard]] std::size_t cols() const { return m_cols; }
    [[nodiscard]] std::size_t size() const { return m_buffer.size(); }
    [[nodiscard]] T* data() { return m_buffer.data(); }
    [[nodiscard]] const T* data() const { return m_buffer.data(); }
    [[nodiscard]] T* row(std::size_t i) { return data() + i * m_cols; }
    [[nodiscard]] const T* row(std::size_t i) const { return data() + i * m_cols; }
    T& operator()(std::size_t i, std::size_t j) { return data()[i * m_cols + j]; }
    const T& operator()(std::size_t i, std::size_t j) const { return data()[i * m_cols + j]; }
    [[nodiscard]] MatrixView<T> view() { return {data(), m_rows, m_cols}; }
    [[nodiscard]] MatrixView<const T> view() const { return {data(), m_rows, m_cols}; }
    [[nodiscard]] std::span<T> span() { return m_buffer.span(); }
    [[nodiscard]] std::span<const T> span() const { return m_buffer.span(); }

private:
    Buffer<T> m_buffer;
    std::size_t m_rows = 0;
    std::size_t m_cols = 0;
};

}  // namespace bitloom
