#include "session/report_writer.h"

#include <QMetaObject>
#include <exception>
#include <utility>

#include "base/files.h"

namespace bitloom::ui {

ReportWriter::ReportWriter(QObject* parent)
    : QObject(parent), m_thread(std::make_unique<QThread>()), m_worker(new QObject) {
    m_worker->moveToThread(m_thread.get());
    m_thread->setObjectName(QStringLiteral("reports"));
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread->start(QThread::LowPriority);
}

ReportWriter::~ReportWriter() {
    m_thread->quit();
    m_thread->wait();
}

void ReportWriter::write(const QString& path, std::function<std::string()> text) {
    QMetaObject::invokeMethod(
        m_worker,
        [this, path, text = std::move(text)] {
            QString words;
            try {
                writeFileAtomically(pathFromUtf8(path.toStdString()), text());
                words = tr("Written: %1").arg(path);
            } catch (const std::exception& error) {
                words = QString::fromUtf8(error.what());
            }
            QMetaObject::invokeMethod(
                this, [this, words] { Q_EMIT said(words); }, Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

}  // namespace bitloom::ui
