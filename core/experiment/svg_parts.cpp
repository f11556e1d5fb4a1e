#include "experiment/svg_parts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace bitloom {
namespace {

// Lines differ in colour and in dash, so that they stay apart without colour too.
constexpr std::array<const char*, k_runStyles> k_dashes = {
    "",    "7 3",      "2 2.5",       "9 3 2 3",  "12 4", "4 2 1 2",
    "1 3", "10 2 4 2", "6 2 2 2 2 2", "14 3 1 3", "3 5",  "8 6"};
constexpr std::array<const char*, k_runStyles> k_light = {
    "#1f5fbf", "#c4500a", "#00805f", "#a8327e", "#5b6470", "#8a6d00",
    "#2a8fb8", "#7a4bc2", "#a33030", "#3f7d20", "#b0567a", "#4a4f9c"};
constexpr std::array<const char*, k_runStyles> k_dark = {
    "#6ea4ff", "#ff9a57", "#4fd1a8", "#f08cc8", "#b4bcc6", "#e3c54a",
    "#74cdf0", "#b99bf5", "#f08a8a", "#9ad36a", "#f2a3bf", "#a3a8f0"};

}  // namespace

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                   std::chars_format::fixed, digits);
    return {text.data(), end.ptr};
}

std::string px(double value) {
    return fixed(value, 1);
}

std::string runClass(int style) {
    return "run-" + std::to_string(style % k_runStyles + 1);
}

std::string dashAttribute(int style) {
    const char* dash = k_dashes[static_cast<std::size_t>(style % k_runStyles)];
    return *dash ? " stroke-dasharray=\"" + std::string(dash) + "\"" : "";
}

std::string runColour(int style, bool dark) {
    return (dark ? k_dark : k_light)[static_cast<std::size_t>(style % k_runStyles)];
}

std::string textAt(double x, double y, const char* anchor, const std::string& text,
                   const char* css) {
    return "<text class=\"" + std::string(css) + "\" x=\"" + px(x) + "\" y=\"" + px(y) +
           "\" text-anchor=\"" + anchor + "\">" + text + "</text>\n";
}

std::string lineBetween(double x1, double y1, double x2, double y2, const char* css) {
    return "<line class=\"" + std::string(css) + "\" x1=\"" + px(x1) + "\" y1=\"" + px(y1) +
           "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) + "\"/>\n";
}

std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\'')
            out += "&#39;";
        else if (c < 0x20 || c == 0x7f)
            out += ' ';
        else if (c < 0x80)
            out += text[i];
        else {
            const std::size_t more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 ? 2 : c >= 0xc2 ? 1 : 9;
            bool whole = c < 0xf5 && more < 9 && i + more < text.size();
            for (std::size_t k = 1; whole && k <= more; ++k)
                whole = (static_cast<unsigned char>(text[i + k]) & 0xc0u) == 0x80u;
            if (whole) {
                out.append(text.substr(i, more + 1));
                i += more;
            } else {
                out += "\xef\xbf\xbd";
            }
        }
    }
    return out;
}

std::string shortNumber(double value) {
    if (!std::isfinite(value)) return "–";
    const double size = std::abs(value);
    if (size != 0 && (size >= 1e9 || size < 1e-3)) {
        std::array<char, 32> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                       std::chars_format::scientific, 1);
        return {text.data(), end.ptr};
    }
    if (size >= 1e6) return fixed(value / 1e6, size >= 1e8 ? 0 : 1) + " M";
    if (size >= 1e4) return fixed(value / 1e3, size >= 1e5 ? 0 : 1) + " k";
    std::string text = fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 3 : 4);
    if (text.find('.') != text.npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
    }
    return text;
}

}  // namespace bitloom
