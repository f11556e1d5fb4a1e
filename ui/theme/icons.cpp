// Icons are painted when they are shown, not when they are made: one QIcon serves both themes and
// any scale.

#include <QDir>
#include <QFile>
#include <QHash>
#include <QIconEngine>
#include <QPainter>
#include <QPixmap>
#include <QPointer>
#include <QSvgRenderer>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

const QString folder = QStringLiteral(":/bitloom/icons");

QByteArray source(const QString& name) {
    static QHash<QString, QByteArray> cache;
    const auto known = cache.constFind(name);
    if (known != cache.constEnd()) return *known;
    QFile file(QStringLiteral("%1/%2.svg").arg(folder, name));
    const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    cache.insert(name, text);
    return text;
}

/// An engine that paints into any rectangle; pixmaps are made from that.
class PaintedEngine : public QIconEngine {
public:
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return result;
    }
};

class LineIcon : public PaintedEngine {
public:
    LineIcon(const Theme* theme, QString name, Token token)
        : m_theme(theme), m_name(std::move(name)), m_token(token) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const bool dark = m_theme && m_theme->dark();
        QColor tint = Theme::color(mode == QIcon::Disabled ? Token::muted : m_token, dark);
        QByteArray svg = source(m_name);
        svg.replace("currentColor", tint.name(QColor::HexRgb).toLatin1());
        QSvgRenderer renderer(svg);
        renderer.setAspectRatioMode(Qt::KeepAspectRatio);
        painter->save();
        if (mode == QIcon::Disabled) painter->setOpacity(0.5);
        renderer.render(painter, QRectF(rect));
        painter->restore();
    }

    [[nodiscard]] QIconEngine* clone() const override { return new LineIcon(*this); }

private:
    QPointer<const Theme> m_theme;
    QString m_name;
    Token m_token;
};

class RunDisc : public PaintedEngine {
public:
    RunDisc(const Theme* theme, int index) : m_theme(theme), m_index(index) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const QColor fill = Theme::runColor(m_index, m_theme && m_theme->dark());
        const qreal side = qMin(rect.width(), rect.height());
        const QPointF centre = QRectF(rect).center();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        if (mode == QIcon::Disabled) painter->setOpacity(0.4);
        // Solid, dashed and dash-dot runs: disc, ring, ring with a dot; the list tells them apart
        // as the chart does.
        const int kind = static_cast<int>(Theme::runDash(m_index).size()) / 2;
        const qreal radius = side * 0.28;
        if (kind == 0) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(fill);
            painter->drawEllipse(centre, radius, radius);
        } else {
            painter->setPen(QPen(fill, side * 0.1));
            painter->setBrush(Qt::NoBrush);
            painter->drawEllipse(centre, radius * 0.85, radius * 0.85);
            if (kind == 2) {
                painter->setPen(Qt::NoPen);
                painter->setBrush(fill);
                painter->drawEllipse(centre, radius * 0.35, radius * 0.35);
            }
        }
        painter->restore();
    }

    [[nodiscard]] QIconEngine* clone() const override { return new RunDisc(*this); }

private:
    QPointer<const Theme> m_theme;
    int m_index;
};

}  // namespace

QIcon Theme::icon(const QString& name, Token token) const {
    if (source(name).isEmpty()) return {};
    return QIcon(new LineIcon(this, name, token));
}

QIcon Theme::runIcon(int index) const {
    return QIcon(new RunDisc(this, index));
}

QIcon Theme::programIcon() {
    return QIcon(folder + QStringLiteral("/bitloom.svg"));
}

QStringList Theme::iconNames() {
    QStringList names;
    const QStringList files =
        QDir(folder).entryList({QStringLiteral("*.svg")}, QDir::Files, QDir::Name);
    for (const QString& file : files) {
        if (file != QLatin1String("bitloom.svg")) names.append(file.chopped(4));
    }
    return names;
}

}  // namespace bitloom::ui
