#pragma once
// The search of the top bar: pages, actions, help pages and runs, best first; Enter opens.

#include <QLineEdit>
#include <functional>
#include <vector>

class QListWidget;

namespace bitloom::ui {

/// One thing that can be found.
struct SearchHit {
    QString kind;  ///< "Page", "Action", "Run", "Help"
    QString title;
    QString words;  ///< more to match, not shown
    std::function<void()> open;
};

class SearchField : public QLineEdit {
    Q_OBJECT
public:
    /// `source` is asked anew for each search.
    explicit SearchField(std::function<std::vector<SearchHit>()> source, QWidget* parent = nullptr);

    /// Hits whose title, kind or words hold all of the typed words, titles that start with them
    /// first.
    [[nodiscard]] static std::vector<SearchHit> matching(const std::vector<SearchHit>& all,
                                                         const QString& typed);
    [[nodiscard]] int hitCount() const { return static_cast<int>(m_hits.size()); }

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    void search();
    void openCurrent();
    void close_();

    std::function<std::vector<SearchHit>()> m_source;
    std::vector<SearchHit> m_all, m_hits;
    QListWidget* m_list;
};

}  // namespace bitloom::ui
