#include "pages/preset_chooser.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "experiment/catalog.h"
#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {

namespace {
constexpr int nameRole = Qt::UserRole;
constexpr int searchRole = Qt::UserRole + 1;
constexpr int arrowRoom = 20;
constexpr int arrowRight = 14;  // from its tip to the edge
constexpr qreal arrowHeight = 4;
}  // namespace

PresetChooser::PresetChooser(QWidget* parent)
    : QPushButton(parent), m_popup(new QWidget(this, Qt::Popup)) {
    setRole(this, ButtonRole::normal);
    setObjectName(QStringLiteral("presetChooser"));
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    setStyleSheet(QStringLiteral("text-align: left;"));
    setRole(m_popup, SurfaceRole::card);
    m_popup->setObjectName(QStringLiteral("presetPopup"));
    auto* column = new QVBoxLayout(m_popup);
    column->setContentsMargins(spacing::gap, spacing::gap, spacing::gap, spacing::gap);
    column->setSpacing(spacing::gap);
    m_search = new QLineEdit(m_popup);
    m_search->setPlaceholderText(tr("Search recipes"));
    m_search->setClearButtonEnabled(true);
    m_search->installEventFilter(this);
    m_list = new QTreeWidget(m_popup);
    m_list->setObjectName(QStringLiteral("presetList"));
    m_list->setHeaderHidden(true);
    m_list->setRootIsDecorated(false);
    m_list->setIndentation(spacing::gap);
    m_list->setUniformRowHeights(true);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column->addWidget(m_search);
    column->addWidget(m_list);
    connect(m_search, &QLineEdit::textChanged, this, &PresetChooser::filter);
    connect(m_search, &QLineEdit::returnPressed, this, &PresetChooser::accept);
    connect(m_list, &QTreeWidget::itemActivated, this, &PresetChooser::accept);
    connect(m_list, &QTreeWidget::itemClicked, this, &PresetChooser::accept);
    connect(this, &QPushButton::clicked, this, &PresetChooser::open);
    setCurrent({});
}

void PresetChooser::setCurrent(const QString& name) {
    m_current = name;
    const Preset* preset = name.isEmpty() ? nullptr : findPreset(name.toStdString());
    const QString words = preset ? QString::fromStdString(preset->label) : tr("Defaults");
    m_label = words;
    elide();
    setToolTip(preset ? QString::fromStdString(preset->summary)
                      : tr("The catalog's defaults; choose a recipe to start from."));
    setAccessibleName(tr("Preset: %1").arg(words));
}

void PresetChooser::resizeEvent(QResizeEvent* event) {
    QPushButton::resizeEvent(event);
    elide();
}

void PresetChooser::paintEvent(QPaintEvent* event) {
    QPushButton::paintEvent(event);
    // The arrow of a list, for it opens one.
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(QPalette::PlaceholderText), 1.4, Qt::SolidLine,
                        Qt::RoundCap, Qt::RoundJoin));
    const QPointF tip(width() - arrowRight, height() / 2.0 + arrowHeight / 2.0);
    painter.drawPolyline(QPolygonF({tip + QPointF(-arrowHeight, -arrowHeight), tip,
                                    tip + QPointF(arrowHeight, -arrowHeight)}));
}

void PresetChooser::elide() {
    setText(
        fontMetrics().elidedText(m_label, Qt::ElideRight, width() - 2 * spacing::gap - arrowRoom));
}

void PresetChooser::fill() {
    if (m_list->topLevelItemCount() > 0) return;
    const auto heading = [&](const QString& words) {
        auto* group = new QTreeWidgetItem(m_list, {words});
        group->setFlags(Qt::ItemIsEnabled);
        group->setFont(0, Theme::font(TextSize::caption, true));
        return group;
    };
    const auto row = [&](QTreeWidgetItem* group, const QString& label, const QString& name,
                         const QString& summary) {
        auto* item = new QTreeWidgetItem(group, {label});
        item->setData(0, nameRole, name);
        item->setData(0, searchRole,
                      QString(group->text(0) + QLatin1Char(' ') + label + QLatin1Char(' ') + name +
                              QLatin1Char(' ') + summary));
        item->setToolTip(0, summary);
        item->setSizeHint(0, QSize(0, 28));
    };
    row(heading(tr("Start")), tr("Defaults"), {}, tr("The catalog's defaults."));
    QTreeWidgetItem* group = nullptr;
    for (const Preset& preset : presets()) {
        const QString name = QString::fromStdString(preset.group);
        group = nullptr;
        for (int i = 0; i < m_list->topLevelItemCount() && !group; ++i) {
            if (m_list->topLevelItem(i)->text(0) == name) group = m_list->topLevelItem(i);
        }
        if (!group) group = heading(name);
        row(group, QString::fromStdString(preset.label), QString::fromStdString(preset.name),
            QString::fromStdString(preset.summary));
    }
    m_list->expandAll();
}

void PresetChooser::filter(const QString& words) {
    const QStringList parts = words.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    QTreeWidgetItem* first = nullptr;
    for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
        QTreeWidgetItem* group = m_list->topLevelItem(i);
        bool any = false;
        for (int j = 0; j < group->childCount(); ++j) {
            QTreeWidgetItem* item = group->child(j);
            const QString text = item->data(0, searchRole).toString();
            bool fits = true;
            for (const QString& part : parts) {
                fits = fits && text.contains(part, Qt::CaseInsensitive);
            }
            item->setHidden(!fits);
            any = any || fits;
            if (fits && !first) first = item;
        }
        group->setHidden(!any);
    }
    m_list->setCurrentItem(first);
}

void PresetChooser::open() {
    fill();
    m_search->clear();
    filter({});
    m_popup->resize(std::max(width(), 348), 440);
    m_popup->move(mapToGlobal(QPoint(0, height() + spacing::half)));
    m_popup->show();
    m_search->setFocus();
}

void PresetChooser::accept() {
    const QTreeWidgetItem* item = m_list->currentItem();
    if (!item || !item->parent()) return;
    const QString name = item->data(0, nameRole).toString();
    m_popup->hide();
    setCurrent(name);
    Q_EMIT chosen(name);
}

bool PresetChooser::eventFilter(QObject* watched, QEvent* event) {
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Down || key == Qt::Key_Up) {
            // The list moves its own selection; the typing stays in the search field.
            QCoreApplication::sendEvent(m_list, event);
            return true;
        }
    }
    return QPushButton::eventFilter(watched, event);
}

}  // namespace bitloom::ui
