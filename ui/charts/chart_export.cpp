// Images and files of a chart: PNG, SVG, PDF and CSV, with the colours of print unless asked
// otherwise.

#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>
#include <QSaveFile>
#include <QStandardPaths>
#include <QSvgGenerator>
#include <utility>

#include "charts/chart.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

Chart::AskForPath& asker() {
    static Chart::AskForPath ask;
    return ask;
}

QString askForPath(QWidget* parent, const QString& suggested, const QString& filter) {
    if (asker()) return asker()(parent, suggested, filter);
    return QFileDialog::getSaveFileName(parent, Chart::tr("Export chart"), suggested, filter);
}

/// A title as a file name that any system accepts.
QString slug(const QString& title) {
    QString name;
    for (const QChar letter : title.toLower()) {
        if (letter.isLetterOrNumber()) {
            name += letter;
        } else if (!name.isEmpty() && !name.endsWith(QLatin1Char('-'))) {
            name += QLatin1Char('-');
        }
    }
    while (name.endsWith(QLatin1Char('-'))) name.chop(1);
    return name.isEmpty() ? QStringLiteral("chart") : name.left(60);
}

QString& lastFolder() {
    static QString folder;
    return folder;
}

QString write(const QString& path, const QByteArray& bytes) {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return Chart::tr("%1 could not be written: %2").arg(path, file.errorString());
    }
    return {};
}

QSize sane(const QSize& size) {
    return {std::clamp(size.width(), 120, 8000), std::clamp(size.height(), 90, 8000)};
}

}  // namespace

void Chart::setAskForPath(AskForPath ask) {
    asker() = std::move(ask);
}

void Chart::withExportLook(const ExportOptions& options,
                           const std::function<void(int, int)>& draw) {
    const QSize size = sane(options.size);
    m_lightExport = !options.currentTheme;
    m_exporting = true;
    m_plot->restyle(drawDark());
    const QRect screen = m_plot->viewport();
    m_plot->setViewport(QRect(QPoint(0, 0), size));
    prepare(size.width());
    m_plot->layOut();
    draw(size.width(), size.height());
    m_exporting = false;
    m_lightExport = false;
    m_plot->setViewport(screen);
    m_plot->restyle(drawDark());
    prepare(m_plot->width());
    touch();
}

QImage Chart::image(const ExportOptions& options) {
    QImage result;
    withExportLook(options, [&](int width, int height) {
        const double scale = std::clamp(options.scale, 0.25, 8.0);
        result = m_plot->toPixmap(width, height, scale).toImage();
    });
    return result;
}

QString Chart::exportTo(const QString& path, const ExportOptions& options) {
    const QString suffix = QFileInfo(path).suffix().toLower();
    const QFileInfo folder(QFileInfo(path).absolutePath());
    if (!folder.isDir() || !folder.isWritable()) {
        return tr("The folder %1 cannot be written to.").arg(folder.filePath());
    }
    if (suffix == QLatin1String("csv")) return write(path, csv().toUtf8());
    if (suffix == QLatin1String("png")) {
        if (image(options).save(path, "PNG")) return {};
        return tr("%1 could not be written.").arg(path);
    }
    bool written = false;
    if (suffix == QLatin1String("svg")) {
        withExportLook(options, [&](int width, int height) {
            QSvgGenerator generator;
            generator.setFileName(path);
            generator.setSize({width, height});
            generator.setViewBox(QRect(0, 0, width, height));
            // One unit of the file is one pixel at 96 dpi, so that text keeps its size.
            generator.setResolution(96);
            generator.setTitle(title());
            QCPPainter painter;
            if (!painter.begin(&generator)) return;
            painter.setMode(QCPPainter::pmVectorized);
            painter.setMode(QCPPainter::pmNoCaching);
            m_plot->toPainter(&painter, width, height);
            written = painter.end();
        });
    } else if (suffix == QLatin1String("pdf")) {
        withExportLook(options, [&](int width, int height) {
            written = m_plot->savePdf(
                path, width, height, QCP::epAllowCosmetic,
                QStringLiteral("Bitloom %1").arg(QLatin1String(BITLOOM_VERSION)), title());
        });
    } else {
        return tr("%1: a chart is exported as .png, .svg, .pdf or .csv.").arg(path);
    }
    return written ? QString() : tr("%1 could not be written.").arg(path);
}

void Chart::copyImage() {
    QGuiApplication::clipboard()->setImage(image());
    Q_EMIT said(tr("Copied the chart as an image."));
}

void Chart::copyData() {
    QGuiApplication::clipboard()->setText(csv());
    Q_EMIT said(tr("Copied the chart's data."));
}

QString Chart::exportWithDialog(const QString& suffix) {
    if (lastFolder().isEmpty()) {
        lastFolder() = QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
        if (!QFileInfo(lastFolder()).isDir()) lastFolder() = QDir::homePath();
    }
    const QString suggested =
        QDir(lastFolder()).filePath(slug(title()) + QLatin1Char('.') + suffix);
    static const QHash<QString, QString> filters{
        {QStringLiteral("png"), QStringLiteral("PNG (*.png)")},
        {QStringLiteral("svg"), QStringLiteral("SVG (*.svg)")},
        {QStringLiteral("pdf"), QStringLiteral("PDF (*.pdf)")},
        {QStringLiteral("csv"), QStringLiteral("CSV (*.csv)")},
    };
    QString path = askForPath(this, suggested, filters.value(suffix));
    if (path.isEmpty()) return {};
    if (QFileInfo(path).suffix().isEmpty()) path += QLatin1Char('.') + suffix;
    lastFolder() = QFileInfo(path).absolutePath();
    const QString problem = exportTo(path);
    Q_EMIT said(problem.isEmpty() ? tr("Exported %1.").arg(path) : problem);
    return problem.isEmpty() ? path : QString();
}

}  // namespace bitloom::ui
