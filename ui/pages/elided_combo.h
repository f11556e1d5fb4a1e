#pragma once
// A combo box that shortens its current text with "…" instead of cutting it.

#include <QComboBox>
#include <QStylePainter>

namespace bitloom::ui {

class ElidedCombo : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void paintEvent(QPaintEvent*) override {
        QStylePainter painter(this);
        painter.setPen(palette().color(QPalette::Text));
        QStyleOptionComboBox option;
        initStyleOption(&option);
        painter.drawComplexControl(QStyle::CC_ComboBox, option);
        constexpr int arrow = 44;  // the drop-down and the padding of the style sheet
        option.currentText =
            fontMetrics().elidedText(option.currentText, Qt::ElideRight, width() - arrow);
        painter.drawControl(QStyle::CE_ComboBoxLabel, option);
    }
};

}  // namespace bitloom::ui
