#include "charts/chart.h"

#include <QContextMenuEvent>
#include <QLabel>
#include <QMenu>
#include <QTimer>
#include <QVBoxLayout>

#include "charts/plot.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int redrawDelay = 40;  // ms; data that comes within it is drawn together

}  // namespace

Chart::Chart(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_plot(new Plot(*this)),
      m_timer(new QTimer(this)),
      m_empty(new QLabel(this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    setFocusProxy(m_plot);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    setRole(m_empty, LabelRole::muted);
    m_empty->hide();
    m_timer->setSingleShot(true);
    m_timer->setInterval(redrawDelay);
    connect(m_timer, &QTimer::timeout, this, &Chart::redraw);
    connect(&theme, &Theme::themeChanged, this, &Chart::restyle);
    m_plot->restyle(drawDark());
    touch();
}

Chart::~Chart() = default;

void Chart::closePlot() {
    // Losing the focus on the way out would repaint the layers.
    m_timer->stop();
    delete m_plot;
    m_plot = nullptr;
}

void Chart::setTitle(const QString& title) {
    m_title = title;
    setAccessibleName(title);
    touch();
}

void Chart::setCaptionVisible(bool visible) {
    m_captionVisible = visible;
    touch();
}

void Chart::setKeyVisible(bool visible) {
    m_keyVisible = visible;
    touch();
}

void Chart::setEmptyText(const QString& text) {
    m_empty->setText(text);
    touch();
}

QString Chart::emptyText() const {
    return m_empty->text();
}

void Chart::setXAxis(const Axis& axis) {
    m_x = axis;
    touch();
}

void Chart::setYAxis(const Axis& axis) {
    m_y = axis;
    touch();
}

void Chart::resetZoom() {
    const bool was = m_zoomed;
    m_zoomed = false;
    touch();
    if (was) Q_EMIT zoomChanged(false);
}

void Chart::zoomTo(double xLeast, double xMost, double yLeast, double yMost) {
    if (!drawable(xLeast, xMost, m_x.log) || !drawable(yLeast, yMost, m_y.log)) return;
    m_plot->setScales(m_x.log, m_y.log);
    m_plot->setRanges({xLeast, xMost}, {yLeast, yMost});
    zoomedByUser();
}

void Chart::zoomedByUser() {
    const bool was = m_zoomed;
    m_zoomed = true;
    touch();
    if (!was) Q_EMIT zoomChanged(true);
}

Chart::Ranges Chart::ranges() const {
    const QCPRange x = m_plot->xAxis->range();
    const QCPRange y = m_plot->yAxis->range();
    return {x.lower, x.upper, y.lower, y.upper};
}

void Chart::touch() {
    m_stale = true;
    // A hidden chart costs nothing: it is drawn when it is shown.
    if (isVisible() && !m_timer->isActive()) m_timer->start();
}

void Chart::flush() {
    m_timer->stop();
    redraw();
}

void Chart::redraw() {
    m_stale = false;
    ++m_replots;
    prepare(m_plot->width());
    placeEmptyText();
    m_plot->draw();
}

void Chart::placeEmptyText() {
    const bool shown = isEmpty() && !m_empty->text().isEmpty();
    m_empty->setVisible(shown);
    if (!shown) return;
    const int wide = qMin(width() - 4 * spacing::margin, 420);
    m_empty->setFixedWidth(qMax(wide, 80));
    m_empty->adjustSize();
    m_empty->move((width() - m_empty->width()) / 2, (height() - m_empty->height()) / 2);
    m_empty->raise();
}

bool Chart::drawDark() const {
    return m_theme.dark() && !m_lightExport;
}

void Chart::restyle() {
    m_plot->restyle(drawDark());
    touch();
}

void Chart::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    // The number of points and the rows of the key depend on the width.
    touch();
    placeEmptyText();
}

void Chart::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (m_stale) flush();
}

void Chart::contextMenuEvent(QContextMenuEvent* event) {
    QMenu* menu = makeMenu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(event->globalPos());
    event->accept();
}

void Chart::pointerMoved(const QPointF&) {}

void Chart::pointerLeft() {}

void Chart::pointerClicked(const QPointF&) {}

void Chart::addMenuActions(QMenu&) {}

QMenu* Chart::makeMenu() {
    auto* menu = new QMenu(this);
    const auto icon = [this](const char* name) { return m_theme.icon(QLatin1String(name)); };
    QAction* copyPicture = menu->addAction(icon("copy"), tr("Copy image"));
    connect(copyPicture, &QAction::triggered, this, &Chart::copyImage);
    QAction* copyNumbers = menu->addAction(tr("Copy data"));
    connect(copyNumbers, &QAction::triggered, this, &Chart::copyData);
    QMenu* exports = menu->addMenu(icon("export"), tr("Export"));
    for (const char* suffix : {"png", "svg", "pdf", "csv"}) {
        const QString name = QLatin1String(suffix);
        QAction* action = exports->addAction(tr("%1…").arg(name.toUpper()));
        action->setObjectName(QStringLiteral("export_") + name);
        connect(action, &QAction::triggered, this, [this, name] { exportWithDialog(name); });
    }
    for (QAction* action : {copyPicture, copyNumbers, exports->menuAction()})
        action->setEnabled(!isEmpty());
    menu->addSeparator();
    if (hasScaledX()) {
        QAction* logX = menu->addAction(tr("Logarithmic x axis"));
        logX->setObjectName(QStringLiteral("log_x"));
        logX->setCheckable(true);
        logX->setChecked(m_x.log);
        connect(logX, &QAction::toggled, this, [this](bool on) {
            m_x.log = on;
            resetZoom();
        });
    }
    QAction* logY =
        menu->addAction(hasScaledX() ? tr("Logarithmic y axis") : tr("Logarithmic axis"));
    logY->setObjectName(QStringLiteral("log_y"));
    logY->setCheckable(true);
    logY->setChecked(m_y.log);
    connect(logY, &QAction::toggled, this, [this](bool on) {
        m_y.log = on;
        resetZoom();
    });
    addMenuActions(*menu);
    if (hasScaledX()) {
        menu->addSeparator();
        QAction* reset = menu->addAction(icon("reset-zoom"), tr("Reset zoom"));
        reset->setEnabled(m_zoomed);
        connect(reset, &QAction::triggered, this, &Chart::resetZoom);
    }
    return menu;
}

}  // namespace bitloom::ui
