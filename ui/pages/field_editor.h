#pragma once
// One control for one field of spec.json, made from its catalog option: a segmented choice, a list,
// a number, a check box, a text. The control never corrects what was typed; what cannot be read as
// a number is handed on as text, so that the validation says what is wrong and nothing typed is
// lost.

#include <QJsonValue>
#include <QWidget>

#include "experiment/catalog.h"

namespace bitloom::ui {

class FieldEditor : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;

    [[nodiscard]] virtual QJsonValue value() const = 0;
    /// Shows `value` without emitting edited(). A value no control can show is ignored.
    virtual void setValue(const QJsonValue& value) = 0;
    /// Shown in an empty field: what null or nothing means.
    virtual void setPlaceholder(const QString&) {}
    virtual void setFaultyLook(bool) {}
    /// Only these numbers can be chosen (bit-widths); editors without a list ignore it.
    virtual void setNumbers(const std::vector<int>&) {}

Q_SIGNALS:
    /// The user changed the value.
    void edited();
};

/// The table whose rows are the choices of `key`, or nullptr.
const std::vector<Entry>* tableOf(std::string_view key);

/// Catalog text as shown: "orthogonal_identity" -> "Orthogonal identity".
QString readable(const std::string& name);

/// The option's default as a value.
QJsonValue fallbackOf(const Option& option);

/// A control for `option`; objectName is its key.
FieldEditor* makeFieldEditor(const Option& option, QWidget* parent);

}  // namespace bitloom::ui
