#pragma once
// No normalization: y = x. The null method, so that layers need no special case.

#include "norm/normalizer.h"

namespace bitloom {

template <class T>
class NoNormalizer final : public Normalizer<T> {
public:
    ~NoNormalizer() override;
};

}  // namespace bitloom
