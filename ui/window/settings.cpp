#include "window/settings.h"

namespace bitloom::ui {

std::unique_ptr<QSettings> openSettings() {
    const QString path = qEnvironmentVariable("BITLOOM_SETTINGS");
    if (!path.isEmpty()) return std::make_unique<QSettings>(path, QSettings::IniFormat);
    return std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope,
                                       QStringLiteral("bitloom"), QStringLiteral("window"));
}

}  // namespace bitloom::ui
