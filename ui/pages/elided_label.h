#pragma once
// A label that shortens its text with "…" instead of widening the layout; the whole text is its
// tool tip.

#include <QLabel>

namespace bitloom::ui {

class ElidedLabel : public QLabel {
    Q_OBJECT
public:
    explicit ElidedLabel(QWidget* parent = nullptr);
    void setWords(const QString& words);
    [[nodiscard]] const QString& words() const { return m_words; }
    [[nodiscard]] QSize minimumSizeHint() const override;
    [[nodiscard]] QSize sizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void elide();
    QString m_words;
};

}  // namespace bitloom::ui
