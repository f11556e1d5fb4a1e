#include "window/search_popup.h"

#include <QFocusEvent>
#include <QKeyEvent>
#include <QListWidget>
#include <algorithm>

#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {

namespace {
constexpr int mostHits = 12;
constexpr int rowHeight = 28;
}  // namespace

SearchField::SearchField(std::function<std::vector<SearchHit>()> source, QWidget* parent)
    : QLineEdit(parent), m_source(std::move(source)), m_list(new QListWidget(this)) {
    setObjectName(QStringLiteral("search"));
    setPlaceholderText(tr("Search runs, pages, actions"));
    setClearButtonEnabled(true);
    // A tool tip window takes no focus: the typing stays in the field.
    m_list->setWindowFlags(Qt::ToolTip | Qt::FramelessWindowHint);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setRole(static_cast<QWidget*>(m_list), SurfaceRole::card);
    connect(this, &QLineEdit::textEdited, this, &SearchField::search);
    connect(m_list, &QListWidget::itemClicked, this, &SearchField::openCurrent);
}

std::vector<SearchHit> SearchField::matching(const std::vector<SearchHit>& all,
                                             const QString& typed) {
    const QStringList words = typed.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    std::vector<SearchHit> hits;
    if (words.isEmpty()) return hits;
    for (const SearchHit& hit : all) {
        const QString text = hit.title + QLatin1Char(' ') + hit.kind + QLatin1Char(' ') + hit.words;
        const bool fits = std::all_of(words.begin(), words.end(), [&](const QString& word) {
            return text.contains(word, Qt::CaseInsensitive);
        });
        if (fits) hits.push_back(hit);
    }
    std::stable_sort(hits.begin(), hits.end(), [&](const SearchHit& a, const SearchHit& b) {
        return a.title.startsWith(words.front(), Qt::CaseInsensitive) >
               b.title.startsWith(words.front(), Qt::CaseInsensitive);
    });
    if (hits.size() > mostHits) hits.resize(mostHits);
    return hits;
}

void SearchField::search() {
    if (m_all.empty()) m_all = m_source();
    m_hits = matching(m_all, text());
    m_list->clear();
    for (const SearchHit& hit : m_hits) {
        auto* row = new QListWidgetItem(hit.kind + QStringLiteral("   ") + hit.title, m_list);
        row->setSizeHint(QSize(0, rowHeight));
    }
    if (m_hits.empty()) {
        m_list->hide();
        return;
    }
    m_list->setCurrentRow(0);
    m_list->resize(std::max(width(), 360),
                   static_cast<int>(m_hits.size()) * rowHeight + 2 * spacing::gap);
    m_list->move(mapToGlobal(QPoint(0, height() + spacing::half)));
    m_list->show();
}

void SearchField::openCurrent() {
    const int row = m_list->currentRow();
    if (row < 0 || row >= hitCount()) return;
    const auto open = m_hits[static_cast<std::size_t>(row)].open;
    close_();
    clearFocus();
    if (open) open();
}

void SearchField::close_() {
    m_list->hide();
    m_hits.clear();
    m_all.clear();
    clear();
}

void SearchField::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Down:
        case Qt::Key_Up: {
            const int by = event->key() == Qt::Key_Down ? 1 : -1;
            m_list->setCurrentRow(
                std::clamp(m_list->currentRow() + by, 0, std::max(0, m_list->count() - 1)));
            return;
        }
        case Qt::Key_Return:
        case Qt::Key_Enter:
            openCurrent();
            return;
        case Qt::Key_Escape:
            close_();
            clearFocus();
            return;
        default:
            QLineEdit::keyPressEvent(event);
    }
}

void SearchField::focusInEvent(QFocusEvent* event) {
    m_all.clear();  // runs may have come since the last search
    QLineEdit::focusInEvent(event);
}

void SearchField::focusOutEvent(QFocusEvent* event) {
    QLineEdit::focusOutEvent(event);
    m_list->hide();
}

}  // namespace bitloom::ui
