#pragma once
// One command of bitloom-cli that answers and ends: a probe of a checkpoint, Table 1. It runs as a
// child of the window (a training does not: see worker_process.h) and ends with it. All functions
// return at once.

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QStringList>
#include <memory>

class QProcess;

namespace bitloom::ui {

class CliJob : public QObject {
    Q_OBJECT
public:
    explicit CliJob(QObject* parent = nullptr);
    ~CliJob() override;  ///< ends a running command

    /// Runs `bitloom-cli arguments`; false if a command runs already. A program that is missing or
    /// does not start is told by failed().
    bool start(const QStringList& arguments);
    [[nodiscard]] bool busy() const { return m_process != nullptr; }
    /// Asks the command to end, and kills it if it does not within two seconds; cancelled()
    /// follows.
    void cancel();
    /// Seconds since start().
    [[nodiscard]] double seconds() const;

Q_SIGNALS:
    /// The last line the command wrote to its standard error, four times a second at most.
    void progressed(const QString& line);
    /// It ended well; `output` is its standard output.
    void finished(const QByteArray& output);
    /// One sentence.
    void failed(const QString& message);
    void cancelled();

private:
    void readErrors();
    void tellProgress();
    void end(int code, bool crashed);

    struct State;
    std::unique_ptr<State> m_state;
    QProcess* m_process = nullptr;
};

}  // namespace bitloom::ui
