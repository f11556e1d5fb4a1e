#pragma once
// A table of the catalog for a combo box: entries under the headers of their families. Headers
// cannot be chosen; an entry that does not fit the other choices is greyed and says why.

#include <QAbstractListModel>
#include <QHash>
#include <vector>

#include "experiment/catalog.h"

namespace bitloom::ui {

class EntryListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role {
        NameRole = Qt::UserRole,  ///< the value in spec.json; invalid for a header
        FormulaRole,
        SourceRole,
        SummaryRole,
        BitsRole,    ///< QList<int>
        HeaderRole,  ///< bool
    };

    /// `entries` must outlive the model (catalog tables do). Families come in the order of their
    /// first entry; with one family, or none, there are no headers.
    explicit EntryListModel(const std::vector<Entry>& entries, QObject* parent = nullptr);

    /// Row of the entry called `name`, -1 = none. Never a header.
    [[nodiscard]] int rowOf(const std::string& name) const;
    /// Null for a header.
    [[nodiscard]] const Entry* entry(int row) const;
    /// The first row that is no header, -1 = none.
    [[nodiscard]] int firstEntry() const;
    /// Greys `name` with the reason as tool tip; an empty reason allows it again.
    void setRefused(const std::string& name, const QString& reason);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index,
                                int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Row {
        const Entry* entry = nullptr;  ///< null: a header
        QString family;
    };
    std::vector<Row> m_rows;
    QHash<QString, QString> m_refused;
};

}  // namespace bitloom::ui
