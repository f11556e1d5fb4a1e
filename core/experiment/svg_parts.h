#pragma once
// Pieces of SVG text that the chart writers share.

#include <string>
#include <string_view>

namespace bitloom {

/// A number with so many digits after the point, locale-proof; px() has one.
std::string fixed(double value, int digits);
std::string px(double value);

/// Runs differ in colour and dash until they repeat.
constexpr int k_runStyles = 12;
/// CSS class, dash pattern and colour (on light or dark ground) of run number `style`.
std::string runClass(int style);
std::string dashAttribute(int style);
std::string runColour(int style, bool dark);

/// `text` must be safe already. `anchor` is start, middle or end.
std::string textAt(double x, double y, const char* anchor, const std::string& text,
                   const char* css = "tick");
std::string lineBetween(double x1, double y1, double x2, double y2, const char* css);

/// Text made safe for HTML and SVG: & < > quotes, control characters and broken UTF-8 replaced.
std::string escaped(std::string_view text);
/// "1.494", "12.4 k", "1.2e+07": three or four digits, locale-proof.
std::string shortNumber(double value);

}  // namespace bitloom
