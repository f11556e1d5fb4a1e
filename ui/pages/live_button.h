#pragma once
// The buttons of the live panel. Private to live_panel.cpp and live_controls.cpp.

#include <QPushButton>

#include "theme/roles.h"

namespace bitloom::ui {

inline QPushButton* makeLiveButton(const QString& words, const char* name, QWidget* parent) {
    auto* button = new QPushButton(words, parent);
    button->setObjectName(QLatin1String(name));
    setRole(button, ButtonRole::normal);
    return button;
}

}  // namespace bitloom::ui
