#pragma once
// Builds a report and writes it to a file on a thread of its own: reading every probe of many runs
// takes seconds. All functions return at once; reports are written one after the other, and one
// that was begun is finished before the writer goes.

#include <QObject>
#include <QString>
#include <QThread>
#include <functional>
#include <memory>
#include <string>

namespace bitloom::ui {

class ReportWriter : public QObject {
    Q_OBJECT
public:
    explicit ReportWriter(QObject* parent = nullptr);
    ~ReportWriter() override;

    /// `text` is called on the thread and may throw. said() follows: where the report is, or what
    /// went wrong.
    void write(const QString& path, std::function<std::string()> text);

Q_SIGNALS:
    void said(const QString& words);

private:
    std::unique_ptr<QThread> m_thread;
    QObject* m_worker;
};

}  // namespace bitloom::ui
