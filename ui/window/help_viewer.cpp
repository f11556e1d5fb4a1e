#include "window/help_viewer.h"

#include <QDesktopServices>
#include <QDir>
#include <QFile>
#include <QHBoxLayout>
#include <QImageReader>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollBar>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextList>
#include <QTextTable>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "theme/roles.h"

// The manual lives in a static library; see theme.cpp for why this call stands out here.
static void registerManual() {
    Q_INIT_RESOURCE(help);
}

namespace bitloom::ui {

namespace {
const QString folder = QStringLiteral(":/help/");

/// Pictures of the manual no wider than the text.
class ManualBrowser : public QTextBrowser {
public:
    using QTextBrowser::QTextBrowser;

    QVariant loadResource(int type, const QUrl& name) override {
        if (type != QTextDocument::ImageResource || !name.isRelative())
            return QTextBrowser::loadResource(type, name);
        QImageReader reader(folder + name.path());
        const QSize size = reader.size();
        const int most = std::max(
            240, width() - verticalScrollBar()->sizeHint().width() - 2 * spacing::section - 24);
        if (size.width() > most)
            reader.setScaledSize(size.scaled(most, size.height(), Qt::KeepAspectRatio));
        const QImage image = reader.read();
        return image.isNull() ? QTextBrowser::loadResource(type, name) : QVariant(image);
    }
};

/// A line of an example.
bool isExample(const QTextBlock& block) {
    return block.blockFormat().hasProperty(QTextFormat::BlockCodeLanguage);
}

/// A line under every row and room around the words, as the window's own tables.
void styleTable(QTextTable& table, const QColor& line) {
    QTextTableFormat format = table.format();
    format.setBorder(0);
    format.setBorderCollapse(true);
    format.setCellSpacing(0);
    format.setTopMargin(spacing::half);
    format.setBottomMargin(spacing::margin);
    table.setFormat(format);
    for (int row = 0; row < table.rows(); ++row)
        for (int column = 0; column < table.columns(); ++column) {
            QTextTableCell cell = table.cellAt(row, column);
            QTextTableCellFormat cellFormat = cell.format().toTableCellFormat();
            cellFormat.setBottomBorder(1);
            cellFormat.setBottomBorderStyle(QTextFrameFormat::BorderStyle_Solid);
            cellFormat.setBottomBorderBrush(line);
            cellFormat.setTopPadding(spacing::half);
            cellFormat.setBottomPadding(spacing::half);
            cellFormat.setLeftPadding(spacing::half);
            cellFormat.setRightPadding(spacing::margin);
            cell.setFormat(cellFormat);
        }
}

}  // namespace

HelpViewer::HelpViewer(const Theme& theme, QWidget* parent)
    : QWidget(parent, Qt::Window),
      m_theme(theme),
      m_browser(new ManualBrowser(this)),
      m_fit(new QTimer(this)) {
    registerManual();
    setWindowTitle(tr("Bitloom help"));
    setObjectName(QStringLiteral("help"));
    resize(760, 720);
    // Narrower, the words of the widest table would be broken.
    setMinimumSize(720, 400);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    m_browser->setFrameShape(QFrame::NoFrame);
    m_browser->setStyleSheet(
        QStringLiteral("QTextBrowser, QTextBrowser:focus { border: none; border-radius: 0; }"));
    m_browser->setOpenLinks(false);
    m_browser->document()->setDocumentMargin(spacing::section);
    m_browser->setSearchPaths({folder});
    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(spacing::gap, spacing::half, spacing::gap, spacing::half);
    m_back = new QPushButton(tr("Back"), this);
    m_back->setObjectName(QStringLiteral("helpBack"));
    m_back->setShortcut(QKeySequence::Back);
    auto* contents = new QPushButton(tr("Contents"), this);
    contents->setObjectName(QStringLiteral("helpContents"));
    for (QPushButton* button : {m_back, contents}) {
        setRole(button, ButtonRole::quiet);
        bar->addWidget(button);
    }
    bar->addStretch(1);
    column->addLayout(bar);
    column->addWidget(makeHairline(Qt::Horizontal, this));
    column->addWidget(m_browser);
    connect(m_back, &QPushButton::clicked, this, &HelpViewer::back);
    connect(contents, &QPushButton::clicked, this, [this] { open(QStringLiteral("index")); });
    m_fit->setSingleShot(true);
    m_fit->setInterval(150);
    connect(m_fit, &QTimer::timeout, this, [this] {
        const QScrollBar* scroll = m_browser->verticalScrollBar();
        const double place =
            scroll->maximum() > 0 ? static_cast<double>(scroll->value()) / scroll->maximum() : 0;
        render();
        m_browser->verticalScrollBar()->setValue(
            static_cast<int>(place * m_browser->verticalScrollBar()->maximum()));
    });
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
    if (!m_page.isEmpty() && m_page != page) m_before << m_page;
    display(page);
}

void HelpViewer::back() {
    if (!m_before.isEmpty()) display(m_before.takeLast());
}

void HelpViewer::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (event->size().width() != event->oldSize().width() && !m_page.isEmpty()) m_fit->start();
}

void HelpViewer::display(const QString& page) {
    m_back->setEnabled(!m_before.isEmpty());
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
        const auto first = block.begin();
        const bool picture = !first.atEnd() && first.fragment().charFormat().isImageFormat();
        if (format.lineHeightType() == QTextBlockFormat::SingleHeight && !picture) {
            format.setLineHeight(140, QTextBlockFormat::ProportionalHeight);
        }
        if (level > 0) format.setTopMargin(spacing::section);
        // Words in a table or a list stay together, and so do the lines of an example.
        const QTextBlock after = block.next();
        const bool standsAlone = !cursor.currentTable() && !(block.textList() && after.textList());
        if (level == 0 && standsAlone && !(isExample(block) && isExample(after)))
            format.setBottomMargin(spacing::gap);
        cursor.setBlockFormat(format);
        if (level == 0) continue;
        cursor.movePosition(QTextCursor::EndOfBlock, QTextCursor::KeepAnchor);
        QTextCharFormat letters;
        letters.setFont(Theme::font(level == 1 ? TextSize::title : TextSize::body, true));
        cursor.mergeCharFormat(letters);
    }
    for (QTextFrame* const frame : m_browser->document()->rootFrame()->childFrames())
        if (auto* const table = qobject_cast<QTextTable*>(frame))
            styleTable(*table, m_theme.color(Token::hairline));
    m_browser->moveCursor(QTextCursor::Start);
}

QString HelpViewer::text() const {
    return m_browser->toPlainText();
}

}  // namespace bitloom::ui
