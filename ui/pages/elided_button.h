#pragma once
// A quiet button whose words stand at its left and are shortened with "…" before they widen the
// layout.

#include <QPushButton>
#include <QResizeEvent>

#include "theme/roles.h"

namespace bitloom::ui {

class ElidedButton : public QPushButton {
public:
    explicit ElidedButton(QWidget* parent) : QPushButton(parent) {
        setRole(this, ButtonRole::quiet);
        setStyleSheet(QStringLiteral("text-align: left;"));
        setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    }
    void setWords(const QString& words) {
        m_words = words;
        setAccessibleName(words);
        elide();
    }
    [[nodiscard]] const QString& words() const { return m_words; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {40, sizeHint().height()}; }
    [[nodiscard]] QSize sizeHint() const override {
        return {160, QPushButton::sizeHint().height()};
    }

protected:
    void resizeEvent(QResizeEvent* event) override {
        QPushButton::resizeEvent(event);
        elide();
    }

private:
    void elide() {
        constexpr int padding = 20;  // of the style sheet, both sides
        setText(fontMetrics().elidedText(m_words, Qt::ElideMiddle, width() - padding));
    }
    QString m_words;
};

}  // namespace bitloom::ui
