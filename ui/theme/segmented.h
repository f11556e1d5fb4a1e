#pragma once
// One of a few choices, all in sight: [LSTM][GRU]. Arrow keys move, focus is visible.

#include <QVariant>
#include <QWidget>

class QButtonGroup;
class QHBoxLayout;

namespace bitloom::ui {

class Segmented : public QWidget {
    Q_OBJECT
public:
    explicit Segmented(QWidget* parent = nullptr);

    /// Returns the new index. The first one becomes current without a signal.
    int addSegment(const QString& text, const QVariant& data = {}, const QString& toolTip = {});
    void clear();
    [[nodiscard]] int count() const;
    [[nodiscard]] int currentIndex() const;
    [[nodiscard]] QVariant currentData() const;
    [[nodiscard]] QVariant data(int index) const;
    /// Out of range is ignored; emits currentChanged() if it differs.
    void setCurrentIndex(int index);
    /// Selects the segment with this data; false if there is none.
    bool setCurrentData(const QVariant& data);
    void setSegmentEnabled(int index, bool enabled, const QString& reason = {});

Q_SIGNALS:
    void currentChanged(int index);
    /// Only when the user chose.
    void chosen(int index);

private:
    void restyle();

    QHBoxLayout* m_layout;
    QButtonGroup* m_group;
};

}  // namespace bitloom::ui
