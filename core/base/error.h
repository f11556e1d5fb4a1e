#pragma once
// The two kinds of failure every room reports. Rooms throw only these at their borders.

#include <stdexcept>
#include <string>

namespace bitloom {

/// The user's input is at fault: a malformed file, an absurd option. `bitloom-cli` exits with 2.
/// `what()` is one sentence that names the file and the field and says what would be accepted.
class InputError : public std::runtime_error {
public:
    /// @param where file or source of the input, may be empty; @param field dotted path, may be
    /// empty.
    InputError(std::string where, std::string field, std::string message);
    explicit InputError(std::string message) : InputError({}, {}, std::move(message)) {}

    [[nodiscard]] const std::string& where() const { return m_where; }
    [[nodiscard]] const std::string& field() const { return m_field; }
    [[nodiscard]] const std::string& message() const { return m_message; }

private:
    std::string m_where;
    std::string m_field;
    std::string m_message;
};

/// The work itself failed: a full disk, an unreadable folder, a lost connection. Exit code 1.
class WorkError : public std::runtime_error {
public:
    explicit WorkError(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace bitloom
