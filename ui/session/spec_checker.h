#pragma once
// Validates a spec and works out its size on a thread of its own: a text file of 100 MB may have to
// be read to know its vocabulary, and the form must not wait for it. The newest request wins; older
// ones are dropped.

#include <QObject>
#include <QString>
#include <QThread>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "experiment/memory.h"
#include "experiment/size.h"
#include "experiment/spec.h"

namespace bitloom::ui {

struct SpecReport {
    std::string json;               ///< what was asked about
    std::vector<Problem> problems;  ///< empty: it can run
    std::optional<Spec> spec;       ///< set if the spec itself is right, its data there or not
    std::optional<ModelSize> size;
    std::optional<TrainingMemory> memory;
    std::optional<DatasetInfo> dataset;  ///< known as soon as the dataset's own fields are right
};

/// The same, at once, on the calling thread (also used by tests).
SpecReport checkSpec(const std::string& json);

class SpecChecker : public QObject {
    Q_OBJECT
public:
    explicit SpecChecker(QObject* parent = nullptr);
    ~SpecChecker() override;

    /// Asks for a report after a short pause in which nothing else is asked.
    void check(const std::string& json);
    /// A report is on its way.
    [[nodiscard]] bool busy() const { return m_busy; }

Q_SIGNALS:
    /// On the window's thread, for the newest request only.
    void checked(const bitloom::ui::SpecReport& report);

private:
    void send();

    struct Latest;
    std::shared_ptr<Latest> m_latest;
    std::string m_wanted;
    std::unique_ptr<QThread> m_thread;
    QObject* m_worker = nullptr;
    class QTimer* m_pause = nullptr;
    bool m_busy = false;
};

}  // namespace bitloom::ui
