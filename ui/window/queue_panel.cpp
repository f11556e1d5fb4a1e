#include "window/queue_panel.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QListWidget>
#include <QMouseEvent>
#include <QPushButton>
#include <QScreen>
#include <QSpinBox>
#include <QVBoxLayout>

#include "base/files.h"
#include "models/format.h"
#include "session/run_control.h"
#include "theme/roles.h"
#include "window/progress_ring.h"

namespace bitloom::ui {

namespace {

constexpr int runRole = Qt::UserRole;

QString nameOf(const RunQueue::Item& item) {
    const std::string& name = item.summary.name;
    return QString::fromStdString(name.empty() ? utf8(item.run.filename()) : name);
}

double shareOf(const RunQueue::Item& item) {
    const RunSummary& now = item.summary;
    if (now.totalSteps <= 0) return 0;
    return static_cast<double>(now.step) / static_cast<double>(now.totalSteps);
}

QString etaOf(const RunQueue::Item& item) {
    if (item.summary.status == RunStatus::paused) return QueueFoot::tr("paused");
    const auto left = RunQueue::remainingSeconds(item);
    return left ? formatDuration(*left) : QueueFoot::tr("starting");
}

/// Of a line like "name    42 %  4:10".
QString stateOf(const RunQueue::Item& item) {
    if (item.state == RunQueue::State::waiting) return QueueFoot::tr("waiting");
    return QStringLiteral("%1 %   %2").arg(static_cast<int>(shareOf(item) * 100)).arg(etaOf(item));
}

}  // namespace

QueueList::QueueList(const Theme& theme, RunQueue& queue, QWidget* parent)
    : QWidget(parent, Qt::Popup), m_theme(theme), m_queue(queue) {
    setObjectName(QStringLiteral("queueList"));
    setRole(this, SurfaceRole::card);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(spacing::margin, spacing::margin, spacing::margin, spacing::margin);
    column->setSpacing(spacing::gap);
    column->addWidget(makeLabel(tr("Queue"), LabelRole::section, this));
    m_empty = makeLabel(tr("Nothing trains and nothing waits. Runs you start line up here."),
                        LabelRole::muted, this);
    m_empty->setWordWrap(true);
    m_list = new QListWidget(this);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column->addWidget(m_empty);
    column->addWidget(m_list, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::half);
    const auto button = [&](const QString& words, const char* icon, const char* name) {
        auto* made = new QPushButton(theme.icon(QLatin1String(icon)), words, this);
        made->setObjectName(QLatin1String(name));
        setRole(made, ButtonRole::quiet);
        row->addWidget(made);
        return made;
    };
    m_up = button({}, "chevron-up", "queueUp");
    m_down = button({}, "chevron-down", "queueDown");
    m_remove = button(tr("Remove"), "cross", "queueRemove");
    m_stop = button(tr("Stop"), "stop", "queueStop");
    m_up->setToolTip(tr("Earlier"));
    m_down->setToolTip(tr("Later"));
    row->addStretch(1);
    m_parallel = new QSpinBox(this);
    m_parallel->setRange(1, 8);
    m_parallel->setSuffix(tr(" at a time"));
    row->addWidget(m_parallel);
    column->addLayout(row);

    connect(m_up, &QPushButton::clicked, this, [this] { moveCurrent(-1); });
    connect(m_down, &QPushButton::clicked, this, [this] { moveCurrent(1); });
    connect(m_remove, &QPushButton::clicked, this, &QueueList::removeCurrent);
    connect(m_stop, &QPushButton::clicked, this, &QueueList::stopCurrent);
    connect(m_list, &QListWidget::currentRowChanged, this, &QueueList::updateButtons);
    connect(m_list, &QListWidget::itemActivated, this, [this] {
        hide();
        Q_EMIT runChosen(current());
    });
    connect(m_parallel, &QSpinBox::valueChanged, &m_queue, &RunQueue::setParallel);
    connect(&m_queue, &RunQueue::changed, this, &QueueList::refresh);
    refresh();
}

void QueueList::refresh() {
    const std::filesystem::path before = current();
    const QSignalBlocker quiet(m_list);
    // Rows are edited in place while the order stays: the list must not flicker at every report.
    const auto& items = m_queue.items();
    while (m_list->count() > static_cast<int>(items.size())) {
        delete m_list->takeItem(m_list->count() - 1);
    }
    while (m_list->count() < static_cast<int>(items.size())) m_list->addItem(QString());
    for (std::size_t i = 0; i < items.size(); ++i) {
        QListWidgetItem* row = m_list->item(static_cast<int>(i));
        row->setText(QStringLiteral("%1   %2").arg(stateOf(items[i]), nameOf(items[i])));
        row->setToolTip(nameOf(items[i]));
        row->setData(runRole, QString::fromStdString(utf8(items[i].run)));
        if (items[i].run == before) m_list->setCurrentRow(static_cast<int>(i));
    }
    m_empty->setVisible(items.empty());
    m_list->setVisible(!items.empty());
    {
        const QSignalBlocker still(m_parallel);
        m_parallel->setValue(m_queue.parallel());
    }
    updateButtons();
}

std::filesystem::path QueueList::current() const {
    const QListWidgetItem* row = m_list->currentItem();
    return row ? pathFromUtf8(row->data(runRole).toString().toStdString())
               : std::filesystem::path();
}

int QueueList::currentPlace() const {
    const int place = m_list->currentRow() - m_queue.runningCount();
    return place >= 0 ? place : -1;
}

void QueueList::updateButtons() {
    const bool any = m_list->currentRow() >= 0;
    const int place = currentPlace();
    const int waiting = m_list->count() - m_queue.runningCount();
    m_up->setEnabled(any && place > 0);
    m_down->setEnabled(any && place >= 0 && place + 1 < waiting);
    m_remove->setEnabled(any && place >= 0);
    m_stop->setEnabled(any && place < 0);
}

void QueueList::moveCurrent(int by) {
    const int place = currentPlace();
    if (place >= 0) m_queue.move(current(), place + by);
}

void QueueList::removeCurrent() {
    if (m_queue.remove(current())) {
        Q_EMIT said(tr("Taken out of the queue; the run stays in the library."));
    }
}

void QueueList::stopCurrent() {
    const QString trouble = control::stop(current());
    Q_EMIT said(trouble.isEmpty() ? tr("Stops after a checkpoint.") : trouble);
}

QueueFoot::QueueFoot(const Theme& theme, RunQueue& queue, QWidget* parent)
    : QWidget(parent),
      m_queue(queue),
      m_list(new QueueList(theme, queue, this)),
      m_ring(new ProgressRing(theme, this)),
      m_eta(makeLabel({}, LabelRole::caption, this)),
      m_waiting(makeLabel({}, LabelRole::caption, this)),
      m_stop(new QToolButton(this)) {
    setObjectName(QStringLiteral("queueFoot"));
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(tr("Queue"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, spacing::gap, 0, spacing::gap);
    column->setSpacing(2);
    column->addWidget(m_ring, 0, Qt::AlignHCenter);
    for (QLabel* label : {m_eta, m_waiting}) {
        label->setFont(Theme::figures(TextSize::caption));
        label->setAlignment(Qt::AlignHCenter);
        column->addWidget(label);
    }
    m_stop->setObjectName(QStringLiteral("footStop"));
    m_stop->setIcon(theme.icon(QStringLiteral("stop")));
    m_stop->setAutoRaise(true);
    QSizePolicy keepsRoom = m_stop->sizePolicy();
    keepsRoom.setRetainSizeWhenHidden(true);
    m_stop->setSizePolicy(keepsRoom);
    m_stop->setToolTip(tr("Stop the running worker after a checkpoint"));
    column->addWidget(m_stop, 0, Qt::AlignHCenter);
    connect(m_stop, &QToolButton::clicked, this, [this] {
        if (m_queue.runningCount() == 0) return;
        const QString trouble = control::stop(m_queue.items().front().run);
        Q_EMIT said(trouble.isEmpty() ? tr("Stops after a checkpoint; Resume continues.")
                                      : trouble);
    });
    connect(&m_queue, &RunQueue::changed, this, &QueueFoot::refresh);
    connect(m_list, &QueueList::runChosen, this, &QueueFoot::runChosen);
    connect(m_list, &QueueList::said, this, &QueueFoot::said);
    refresh();
}

void QueueFoot::refresh() {
    const int running = m_queue.runningCount();
    const int waiting = static_cast<int>(m_queue.items().size()) - running;
    m_stop->setVisible(running > 0);
    if (running == 0) {
        m_ring->setShare(-1);
        m_eta->setText(tr("idle"));
        setToolTip(tr("Nothing trains. Click for the queue."));
    } else {
        const RunQueue::Item& first = m_queue.items().front();
        m_ring->setShare(shareOf(first), first.summary.status == RunStatus::paused);
        m_eta->setText(etaOf(first));
        setToolTip(tr("%1\nClick for the queue.").arg(nameOf(first)));
    }
    m_waiting->setText(waiting > 0 ? tr("+%1 waiting").arg(waiting) : QStringLiteral(" "));
}

void QueueFoot::openList() {
    m_list->refresh();
    m_list->resize(440, 320);
    QPoint place = mapToGlobal(QPoint(width() + spacing::half, height() - m_list->height()));
    if (const QScreen* at = screen()) {
        place.setY(std::max(place.y(), at->availableGeometry().top()));
    }
    m_list->move(place);
    m_list->show();
}

void QueueFoot::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) openList();
}

void QueueFoot::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Space) {
        openList();
        return;
    }
    QWidget::keyPressEvent(event);
}

}  // namespace bitloom::ui
