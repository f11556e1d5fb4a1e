#include "window/status_line.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <utility>

#include "pages/elided_label.h"
#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {

namespace {
constexpr int shownMs = 12000;
}

StatusLine::StatusLine(QWidget* parent)
    : QWidget(parent), m_label(new ElidedLabel(this)), m_button(new QPushButton(tr("Undo"), this)) {
    setObjectName(QStringLiteral("statusLine"));
    setFixedHeight(spacing::control);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(spacing::margin, 0, spacing::margin, 0);
    row->setSpacing(spacing::gap);
    setRole(m_label, LabelRole::muted);
    setRole(m_button, ButtonRole::quiet);
    m_button->setObjectName(QStringLiteral("undo"));
    m_button->hide();
    row->addWidget(m_label, 1);
    row->addWidget(m_button);
    m_timer.setSingleShot(true);
    m_timer.setInterval(shownMs);
    connect(m_button, &QPushButton::clicked, this, &StatusLine::undo);
    connect(&m_timer, &QTimer::timeout, this, [this] { say({}); });
}

void StatusLine::say(const QString& words, std::function<void()> undo) {
    m_label->setWords(words);
    m_undo = std::move(undo);
    m_button->setVisible(canUndo());
    if (words.isEmpty()) {
        m_timer.stop();
    } else {
        m_timer.start();
    }
}

QString StatusLine::words() const {
    return m_label->words();
}

void StatusLine::undo() {
    const auto undo = std::exchange(m_undo, {});
    say({});
    if (undo) undo();
}

}  // namespace bitloom::ui
