#include <QGuiApplication>
#include <array>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

struct Pair {
    Token token;
    QRgb light;
    QRgb dark;
};

// Text and muted keep 4.5:1 on surface and raised, outline 3:1; the tests compute it.
constexpr std::array<Pair, 15> tokens{{
    {Token::surface, 0xfff6f7f9, 0xff14171c},
    {Token::raised, 0xffffffff, 0xff1b1f26},
    {Token::sunken, 0xffeceef2, 0xff0f1216},
    {Token::hover, 0xffedeff3, 0xff262b34},
    {Token::hairline, 0xffe1e4ea, 0xff2a303a},
    {Token::outline, 0xff868e9c, 0xff687181},
    {Token::text, 0xff191d24, 0xffe7eaf0},
    {Token::muted, 0xff5f6876, 0xff99a2b1},
    {Token::accent, 0xff3155c6, 0xff86a2ff},
    {Token::accentHover, 0xff2746a8, 0xffa0b6ff},
    {Token::onAccent, 0xffffffff, 0xff0d1224},
    {Token::selection, 0xffe2e8fa, 0xff28345a},
    {Token::good, 0xff1a7347, 0xff4fc58d},
    {Token::warning, 0xff8a5a00, 0xffe3b34c},
    {Token::bad, 0xffb9322a, 0xffff837a},
}};

}  // namespace

QColor Theme::color(Token token, bool dark) {
    for (const Pair& pair : tokens) {
        if (pair.token == token) return QColor::fromRgba(dark ? pair.dark : pair.light);
    }
    return {};
}

QPalette Theme::palette(bool dark) {
    const auto use = [dark](Token token) { return color(token, dark); };
    QPalette result;
    result.setColor(QPalette::Window, use(Token::surface));
    result.setColor(QPalette::WindowText, use(Token::text));
    result.setColor(QPalette::Base, use(Token::raised));
    result.setColor(QPalette::AlternateBase, use(Token::surface));
    result.setColor(QPalette::Text, use(Token::text));
    result.setColor(QPalette::PlaceholderText, use(Token::muted));
    result.setColor(QPalette::Button, use(Token::raised));
    result.setColor(QPalette::ButtonText, use(Token::text));
    result.setColor(QPalette::BrightText, use(Token::bad));
    result.setColor(QPalette::ToolTipBase, use(Token::raised));
    result.setColor(QPalette::ToolTipText, use(Token::text));
    result.setColor(QPalette::Highlight, use(Token::accent));
    result.setColor(QPalette::HighlightedText, use(Token::onAccent));
    result.setColor(QPalette::Link, use(Token::accent));
    result.setColor(QPalette::LinkVisited, use(Token::accent));
    result.setColor(QPalette::Light, use(Token::raised));
    result.setColor(QPalette::Midlight, use(Token::hairline));
    result.setColor(QPalette::Mid, use(Token::hairline));
    result.setColor(QPalette::Dark, use(Token::outline));
    result.setColor(QPalette::Shadow, use(Token::sunken));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        QColor faded = use(Token::muted);
        faded.setAlphaF(0.6F);
        result.setColor(QPalette::Disabled, role, faded);
    }
    result.setColor(QPalette::Disabled, QPalette::Highlight, use(Token::hairline));
    result.setColor(QPalette::Disabled, QPalette::HighlightedText, use(Token::muted));
    return result;
}

}  // namespace bitloom::ui
