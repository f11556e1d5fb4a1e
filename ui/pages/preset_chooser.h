#pragma once
// The recipe a spec starts from: a button that opens a searchable list, grouped as in the catalog.

#include <QPushButton>

class QLineEdit;
class QTreeWidget;

namespace bitloom::ui {

class PresetChooser : public QPushButton {
    Q_OBJECT
public:
    explicit PresetChooser(QWidget* parent = nullptr);

    /// Shows the recipe's label on the button, "" = none.
    void setCurrent(const QString& name);
    void open();

Q_SIGNALS:
    /// Name of a preset, or "" for the catalog's defaults.
    void chosen(const QString& name);

private:
    void fill();
    void filter(const QString& words);
    void accept();
    void elide();
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

    QWidget* m_popup;
    QLineEdit* m_search;
    QTreeWidget* m_list;
    QString m_current, m_label;
};

}  // namespace bitloom::ui
