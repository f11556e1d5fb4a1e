#pragma once
// What the pages of Reproduce share: a head with the title and buttons, and a narrow column of text
// beside the charts that gets narrower with the page.

#include <QWidget>
#include <filesystem>
#include <functional>
#include <vector>

#include "theme/roles.h"
#include "theme/theme.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QScrollArea;
class QVBoxLayout;

namespace bitloom::ui {

class Chart;
class ElidedLabel;

class GuidedPage : public QWidget {
    Q_OBJECT
public:
    GuidedPage(const Theme& theme, QWidget* parent);

Q_SIGNALS:
    void inspectRequested(const std::filesystem::path& run);
    void said(const QString& words);

protected:
    /// The page's column; the head is its first row.
    [[nodiscard]] QVBoxLayout& column() { return *m_column; }
    /// The head's row: the title takes the room that is left.
    [[nodiscard]] QHBoxLayout& head() { return *m_head; }
    [[nodiscard]] ElidedLabel& title() { return *m_title; }
    /// A button in the head.
    QPushButton* addButton(const QString& words, const char* icon, const char* name);
    /// The Export button with its menu; `charts` is asked each time it opens.
    void addExport(std::function<std::vector<Chart*>()> charts, const char* name);

    /// The column of text, to be laid beside the charts; what stands in it goes into text().
    QWidget* makeTextColumn();
    [[nodiscard]] QVBoxLayout& text() { return *m_lines; }
    /// A paragraph at the end of the column, selectable.
    QLabel* addText(LabelRole role, const char* name);
    /// A hairline and "Measured", and the paragraphs showFindings() fills.
    void addFindings(const char* name);
    void showFindings(const QStringList& paragraphs);
    [[nodiscard]] QString findings() const;

    void resizeEvent(QResizeEvent* event) override;

    const Theme& m_theme;

private:
    QVBoxLayout* m_column;
    QHBoxLayout* m_head;
    ElidedLabel* m_title;
    QScrollArea* m_scroll = nullptr;
    QVBoxLayout* m_lines = nullptr;
    QLabel* m_findings = nullptr;
};

}  // namespace bitloom::ui
