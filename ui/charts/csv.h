#pragma once
// Comma separated values as RFC 4180 has them: CRLF, quotes doubled, '.' in any locale.

#include <QString>
#include <QStringList>

namespace bitloom::ui {

/// `text` in quotes if it needs them.
QString csvField(const QString& text);
/// The shortest text that reads back as the same double; nan, inf, -inf.
QString csvNumber(double value);
/// Fields joined, with the line end. The fields are quoted here.
QString csvLine(const QStringList& fields);

}  // namespace bitloom::ui
