#pragma once
// One study over the open library: which of its runs are there, and making and
// queueing those that are not. Looking through the library and its data happens
// on a thread of its own; all functions return at once.

#include <QObject>
#include <QString>
#include <QThread>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "experiment/study_layers.h"
#include "experiment/study_run.h"
#include "session/workspace.h"

class QTimer;

namespace bitloom::ui {

class StudyDesk : public QObject {
    Q_OBJECT
public:
    explicit StudyDesk(Workspace& workspace, QObject* parent = nullptr);
    ~StudyDesk() override;

    /// The study to follow; planned() follows. Unknown names are ignored.
    void choose(const std::string& study, StudyScale scale = StudyScale::quick);
    /// Looks again; asked for by itself whenever runs come, go or end.
    void refresh();
    /// The last plan; nothing before the first, or if it could not be made (see
    /// problem()).
    [[nodiscard]] const std::optional<StudyPlan>& plan() const { return m_plan; }
    [[nodiscard]] QString problem() const { return m_problem; }
    [[nodiscard]] const PlannedRun* find(const std::string& key) const;

    /// What its finished runs show, in words and a layer at a time (experiment/study_report.h).
    struct Answer {
        std::vector<std::string> findings;
        std::vector<LayerFigures> layers;
    };
    /// From now on reads the runs that are done too; answered() follows whenever they changed.
    void askForAnswers() { m_wantsAnswer = true; }
    [[nodiscard]] const Answer& answer() const { return m_answer; }

    /// Runs among `keys` (all if empty) that are neither done nor queued; what
    /// they start from counts too.
    [[nodiscard]] int missing(const std::vector<std::string>& keys = {}) const;
    [[nodiscard]] bool queued(const PlannedRun& run) const;
    /// Makes and queues what is missing. A run that starts from another's weights
    /// is made when that one has finished.
    void start(const std::vector<std::string>& keys = {});

Q_SIGNALS:
    void planned();
    void answered();
    void said(const QString& words);

private:
    void ask();
    void take(std::uint64_t number, std::optional<StudyPlan> plan, const QString& problem);
    void askAnswer();
    void makeWanted();

    Workspace& m_workspace;
    const Study* m_study = nullptr;
    StudyScale m_scale = StudyScale::quick;
    std::optional<StudyPlan> m_plan;
    QString m_problem;
    bool m_wantsAnswer = false;
    Answer m_answer;
    std::string m_answerOf;          ///< study, scale and the runs the answer was read from
    std::set<std::string> m_wanted;  ///< keys asked for and not made yet
    std::uint64_t m_number = 0;      ///< of the newest request
    QTimer* m_pause;
    std::unique_ptr<QThread> m_thread;
    QObject* m_worker;
};

}  // namespace bitloom::ui
