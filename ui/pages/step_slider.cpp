#include "pages/step_slider.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "models/format.h"
#include "theme/roles.h"

namespace bitloom::ui {

StepSlider::StepSlider(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_slider(new QSlider(Qt::Horizontal, this)),
      m_back(new QToolButton(this)),
      m_forward(new QToolButton(this)),
      m_words(makeLabel({}, LabelRole::figures, this)),
      m_follow(new QCheckBox(tr("Follow"), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::half);
    m_slider->setObjectName(QStringLiteral("stepSlider"));
    m_slider->setAccessibleName(tr("Probed training step"));
    m_slider->setPageStep(5);
    m_slider->setMinimumWidth(80);
    const auto button = [&](QToolButton* made, const char* icon, const QString& words, int by) {
        made->setIcon(theme.icon(QLatin1String(icon)));
        made->setToolTip(words);
        made->setAccessibleName(words);
        setRole(made, ButtonRole::quiet);
        connect(made, &QToolButton::clicked, this, [this, by] { stepBy(by); });
    };
    button(m_back, "chevron-left", tr("Probe before"), -1);
    button(m_forward, "chevron-right", tr("Next probe"), 1);
    m_follow->setObjectName(QStringLiteral("followLive"));
    m_follow->setToolTip(tr("Stays at the newest probe while the run trains"));
    m_follow->setChecked(true);
    m_words->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    row->addWidget(m_words);
    row->addSpacing(spacing::half);
    row->addWidget(m_back);
    row->addWidget(m_slider, 1);
    row->addWidget(m_forward);
    row->addSpacing(spacing::half);
    row->addWidget(m_follow);
    connect(m_slider, &QSlider::valueChanged, this, &StepSlider::moved);
    connect(m_follow, &QCheckBox::toggled, this, [this](bool on) {
        if (on && !m_steps.empty()) m_slider->setValue(static_cast<int>(m_steps.size()) - 1);
    });
    updateWords();
}

void StepSlider::setSteps(const std::vector<std::int64_t>& steps) {
    if (steps == m_steps) return;
    const std::int64_t before = step();
    m_steps = steps;
    int index = static_cast<int>(steps.size()) - 1;
    if (!follows()) {
        const auto found = std::lower_bound(steps.begin(), steps.end(), before);
        index = std::min(index, static_cast<int>(found - steps.begin()));
    }
    {
        const QSignalBlocker quiet(m_slider);
        m_slider->setRange(0, std::max(static_cast<int>(steps.size()) - 1, 0));
        m_slider->setValue(std::max(index, 0));
    }
    updateWords();
    if (step() != before) Q_EMIT stepChanged(step());
}

std::int64_t StepSlider::step() const {
    const auto index = static_cast<std::size_t>(m_slider->value());
    return index < m_steps.size() ? m_steps[index] : 0;
}

bool StepSlider::follows() const {
    return m_follow->isChecked();
}

void StepSlider::setFollows(bool follow) {
    m_follow->setChecked(follow);
}

void StepSlider::goTo(double wanted) {
    if (m_steps.empty() || !std::isfinite(wanted)) return;
    const auto nearest =
        std::min_element(m_steps.begin(), m_steps.end(), [wanted](std::int64_t a, std::int64_t b) {
            return std::abs(static_cast<double>(a) - wanted) <
                   std::abs(static_cast<double>(b) - wanted);
        });
    m_slider->setValue(static_cast<int>(nearest - m_steps.begin()));
}

void StepSlider::stepBy(int by) {
    m_slider->setValue(m_slider->value() + by);
}

void StepSlider::moved(int index) {
    // Whoever goes back wants to stay there; at the newest it follows again.
    if (index + 1 < static_cast<int>(m_steps.size())) {
        const QSignalBlocker quiet(m_follow);
        m_follow->setChecked(false);
    }
    updateWords();
    Q_EMIT stepChanged(step());
}

void StepSlider::updateWords() {
    const bool any = !m_steps.empty();
    m_words->setText(any ? tr("probe at step %1").arg(formatCount(step())) : tr("no probe"));
    // As wide as the longest there is: the slider does not jump.
    const QString widest = tr("probe at step %1").arg(formatCount(any ? m_steps.back() : 1000));
    m_words->setMinimumWidth(m_words->fontMetrics().horizontalAdvance(widest) + spacing::half);
    m_slider->setEnabled(m_steps.size() > 1);
    m_back->setEnabled(any && m_slider->value() > 0);
    m_forward->setEnabled(any && m_slider->value() + 1 < static_cast<int>(m_steps.size()));
}

}  // namespace bitloom::ui
