#include "window/help_viewer.h"

#include <QDesktopServices>
#include <QDir>
#include <QFile>
#include <QListWidget>
#include <QTextBlock>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "theme/roles.h"

// The manual lives in a static library; see theme.cpp for why this call stands out here.
static void registerManual() {
    Q_INIT_RESOURCE(help);
}

namespace bitloom::ui {

namespace {
const QString folder = QStringLiteral(":/help/");
}

HelpViewer::HelpViewer(const Theme& theme, QWidget* parent)
    : QWidget(parent, Qt::Window), m_theme(theme), m_browser(new QTextBrowser(this)) {
    registerManual();
    setWindowTitle(tr("Bitloom help"));
    setObjectName(QStringLiteral("help"));
    resize(760, 720);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    m_browser->setFrameShape(QFrame::NoFrame);
    m_browser->setOpenLinks(false);
    m_browser->document()->setDocumentMargin(spacing::section);
    m_browser->setSearchPaths({folder});
    column->addWidget(m_browser);
    connect(m_browser, &QTextBrowser::anchorClicked, this, [this](const QUrl& link) {
        if (link.isRelative() && link.path().endsWith(QStringLiteral(".md"))) {
            open(link.path().chopped(3));
        } else if (!link.isRelative()) {
            QDesktopServices::openUrl(link);
        }
    });
    connect(&theme, &Theme::themeChanged, this, &HelpViewer::render);
}

QStringList HelpViewer::pages() {
    QStringList names;
    for (const QString& file : QDir(folder).entryList({QStringLiteral("*.md")}, QDir::Files)) {
        names << file.chopped(3);
    }
    return names;
}

void HelpViewer::open(const QString& page) {
    m_page = QFile::exists(folder + page + QStringLiteral(".md")) ? page : QStringLiteral("index");
    render();
}

void HelpViewer::render() {
    QFile file(folder + m_page + QStringLiteral(".md"));
    if (!file.open(QIODevice::ReadOnly)) {
        m_browser->setPlainText(tr("The manual is not part of this build."));
        return;
    }
    m_browser->setMarkdown(QString::fromUtf8(file.readAll()));
    // Markdown headings come in the default sizes; the manual uses the window's three.
    QTextCursor cursor(m_browser->document());
    for (QTextBlock block = m_browser->document()->begin(); block.isValid(); block = block.next()) {
        const int level = block.blockFormat().headingLevel();
        cursor.setPosition(block.position());
        QTextBlockFormat format = block.blockFormat();
        if (format.lineHeightType() == QTextBlockFormat::SingleHeight) {
            format.setLineHeight(140, QTextBlockFormat::ProportionalHeight);
        }
        if (level > 0) format.setTopMargin(spacing::section);
        cursor.setBlockFormat(format);
        if (level == 0) continue;
        cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        QTextCharFormat letters;
        letters.setFont(Theme::font(level == 1 ? TextSize::title : TextSize::body, true));
        cursor.mergeCharFormat(letters);
    }
    m_browser->moveCursor(QTextCursor::Start);
}

QString HelpViewer::text() const {
    return m_browser->toPlainText();
}

}  // namespace bitloom::ui
