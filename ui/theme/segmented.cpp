#include "theme/segmented.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPushButton>
#include <QStyle>

namespace bitloom::ui {

Segmented::Segmented(QWidget* parent)
    : QWidget(parent), m_layout(new QHBoxLayout(this)), m_group(new QButtonGroup(this)) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(0);
    m_group->setExclusive(true);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    connect(m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on) Q_EMIT currentChanged(id);
    });
    connect(m_group, &QButtonGroup::idClicked, this, &Segmented::chosen);
}

int Segmented::addSegment(const QString& text, const QVariant& data, const QString& toolTip) {
    const int index = count();
    auto* button = new QPushButton(text, this);
    button->setCheckable(true);
    button->setProperty("data", data);
    button->setProperty("ownToolTip", toolTip);
    button->setToolTip(toolTip);
    button->setProperty("role", QStringLiteral("segment"));
    button->setAutoDefault(false);
    m_layout->addWidget(button);
    if (index == 0) {
        const QSignalBlocker quiet(m_group);
        button->setChecked(true);
    }
    m_group->addButton(button, index);
    if (!focusProxy()) setFocusProxy(button);
    restyle();
    return index;
}

void Segmented::clear() {
    setFocusProxy(nullptr);
    const auto buttons = m_group->buttons();
    for (QAbstractButton* button : buttons) {
        m_group->removeButton(button);
        m_layout->removeWidget(button);
        button->hide();
        button->deleteLater();
    }
}

int Segmented::count() const {
    return static_cast<int>(m_group->buttons().size());
}

int Segmented::currentIndex() const {
    return m_group->checkedId();
}

QVariant Segmented::currentData() const {
    return data(currentIndex());
}

QVariant Segmented::data(int index) const {
    const QAbstractButton* button = m_group->button(index);
    return button ? button->property("data") : QVariant();
}

void Segmented::setCurrentIndex(int index) {
    if (QAbstractButton* button = m_group->button(index)) button->setChecked(true);
}

bool Segmented::setCurrentData(const QVariant& wanted) {
    for (int index = 0; index < count(); ++index) {
        if (data(index) == wanted) {
            setCurrentIndex(index);
            return true;
        }
    }
    return false;
}

void Segmented::setSegmentEnabled(int index, bool enabled, const QString& reason) {
    QAbstractButton* button = m_group->button(index);
    if (!button) return;
    button->setEnabled(enabled);
    button->setToolTip(enabled || reason.isEmpty() ? button->property("ownToolTip").toString()
                                                   : reason);
}

void Segmented::restyle() {
    const int last = count() - 1;
    for (int index = 0; index <= last; ++index) {
        QAbstractButton* button = m_group->button(index);
        const QString place = last == 0       ? QStringLiteral("only")
                              : index == 0    ? QStringLiteral("first")
                              : index == last ? QStringLiteral("last")
                                              : QStringLiteral("middle");
        if (button->property("place") == place) continue;
        button->setProperty("place", place);
        button->style()->unpolish(button);
        button->style()->polish(button);
    }
}

}  // namespace bitloom::ui
