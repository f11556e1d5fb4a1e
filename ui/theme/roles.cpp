#include "theme/roles.h"

#include <QAbstractButton>
#include <QEvent>
#include <QPainter>
#include <QStyle>
#include <QVariant>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

void setProperty(QWidget* widget, const char* name, const QVariant& value) {
    if (widget->property(name) == value) return;
    widget->setProperty(name, value);
    // A style sheet looks at properties only when a widget is polished.
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    widget->update();
}

QString nameOf(ButtonRole role) {
    switch (role) {
        case ButtonRole::primary:
            return QStringLiteral("primary");
        case ButtonRole::normal:
            return QStringLiteral("normal");
        case ButtonRole::quiet:
            return QStringLiteral("quiet");
        case ButtonRole::danger:
            return QStringLiteral("danger");
        case ButtonRole::rail:
            return QStringLiteral("rail");
    }
    return {};
}

QString nameOf(SurfaceRole role) {
    switch (role) {
        case SurfaceRole::page:
            return QStringLiteral("page");
        case SurfaceRole::card:
            return QStringLiteral("card");
        case SurfaceRole::rail:
            return QStringLiteral("rail");
        case SurfaceRole::bar:
            return QStringLiteral("bar");
    }
    return {};
}

QString nameOf(LabelRole role) {
    switch (role) {
        case LabelRole::body:
            return QStringLiteral("body");
        case LabelRole::caption:
            return QStringLiteral("caption");
        case LabelRole::section:
            return QStringLiteral("section");
        case LabelRole::title:
            return QStringLiteral("title");
        case LabelRole::muted:
            return QStringLiteral("muted");
        case LabelRole::formula:
            return QStringLiteral("formula");
        case LabelRole::good:
            return QStringLiteral("good");
        case LabelRole::warning:
            return QStringLiteral("warning");
        case LabelRole::bad:
            return QStringLiteral("bad");
        case LabelRole::figures:
            return QStringLiteral("figures");
    }
    return {};
}

}  // namespace

void setRole(QAbstractButton* button, ButtonRole role) {
    setProperty(button, "role", nameOf(role));
    button->setIconSize({spacing::icon, spacing::icon});
}

void setRole(QWidget* surface, SurfaceRole role) {
    // Without it a plain QWidget ignores the background of the style sheet.
    surface->setAttribute(Qt::WA_StyledBackground);
    setProperty(surface, "role", nameOf(role));
}

void setRole(QLabel* label, LabelRole role) {
    setProperty(label, "role", nameOf(role));
    const TextSize size = role == LabelRole::caption ? TextSize::caption
                          : role == LabelRole::title ? TextSize::title
                                                     : TextSize::body;
    const bool strong = role == LabelRole::section || role == LabelRole::title;
    const bool digits = role == LabelRole::figures || role == LabelRole::caption;
    label->setFont(digits ? Theme::figures(size, strong) : Theme::font(size, strong));
}

QLabel* makeLabel(const QString& text, LabelRole role, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    setRole(label, role);
    return label;
}

void setFaulty(QWidget* input, bool faulty) {
    setProperty(input, "faulty", faulty);
}

QWidget* makeHairline(Qt::Orientation orientation, QWidget* parent) {
    auto* line = new QWidget(parent);
    line->setAttribute(Qt::WA_StyledBackground);
    line->setProperty("role", QStringLiteral("hairline"));
    if (orientation == Qt::Horizontal) {
        line->setFixedHeight(1);
    } else {
        line->setFixedWidth(1);
    }
    return line;
}

}  // namespace bitloom::ui
