#pragma once
// Where the window remembers its layout: $BITLOOM_SETTINGS if set (tests), else the user's
// configuration.

#include <QSettings>
#include <memory>

namespace bitloom::ui {

std::unique_ptr<QSettings> openSettings();

}  // namespace bitloom::ui
