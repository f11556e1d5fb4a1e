#pragma once
// The table of runs: which columns it shows is the user's choice (menu of the header); the name
// takes what the others leave.

#include <QStringList>
#include <QTableView>

namespace bitloom::ui {

class RunTable : public QTableView {
    Q_OBJECT
public:
    /// @param model of the columns of RunTableModel, sorted and filtered
    RunTable(QAbstractItemModel* model, QWidget* parent = nullptr);

    /// Names that stay the same between versions, not the words of the header.
    [[nodiscard]] QStringList hiddenColumns() const;
    /// Shows all others; unknown names are ignored.
    void setHiddenColumns(const QStringList& names);

Q_SIGNALS:
    /// By the user.
    void columnsChanged(const QStringList& hidden);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void openColumnMenu(const QPoint& at);
    void giveRestToName();
};

}  // namespace bitloom::ui
