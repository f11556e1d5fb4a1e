#include "base/error.h"

#include <utility>

namespace bitloom {
namespace {

std::string sentence(const std::string& where, const std::string& field,
                     const std::string& message) {
    std::string text;
    if (!where.empty()) text += where + ": ";
    if (!field.empty()) text += field + ": ";
    return text + message;
}

}  // namespace

InputError::InputError(std::string where, std::string field, std::string message)
    : std::runtime_error(sentence(where, field, message)),
      m_where(std::move(where)),
      m_field(std::move(field)),
      m_message(std::move(message)) {}

}  // namespace bitloom
