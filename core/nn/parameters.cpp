#include "nn/parameters.h"

#include <functional>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace bitloom {

template <class T>
Parameter<T>& ParameterSet<T>::add(std::string name, std::vector<std::int64_t> shape, Role role,
                                   bool withGradient) {
    const std::int64_t size =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    Parameter<T>& item = m_items.emplace_back();
    item.name = std::move(name);
    item.shape = std::move(shape);
    item.role = role;
    item.value.resize(static_cast<std::size_t>(size));
    if (withGradient) item.gradient.resize(static_cast<std::size_t>(size));
    return item;
}

template <class T>
const Parameter<T>* ParameterSet<T>::find(std::string_view name) const {
    for (const Parameter<T>& item : m_items)
        if (item.name == name) return &item;
    return nullptr;
}

template <class T>
Parameter<T>* ParameterSet<T>::find(std::string_view name) {
    return const_cast<Parameter<T>*>(std::as_const(*this).find(name));
}

template <class T>
const Parameter<T>& ParameterSet<T>::at(std::string_view name) const {
    if (const Parameter<T>* item = find(name)) return *item;
    throw InputError({}, std::string(name), "no such tensor in this network");
}

template <class T>
Parameter<T>& ParameterSet<T>::at(std::string_view name) {
    return const_cast<Parameter<T>&>(std::as_const(*this).at(name));
}

template class ParameterSet<float>;
template class ParameterSet<double>;

}  // namespace bitloom
