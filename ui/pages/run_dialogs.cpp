#include "pages/run_dialogs.h"

#include <QCoreApplication>
#include <QInputDialog>
#include <QPlainTextEdit>

#include "session/workspace.h"

namespace bitloom::ui {

void editTags(QWidget* parent, Workspace& workspace, const LibraryRun& run) {
    const auto tr = [](const char* words) {
        return QCoreApplication::translate("RunDialogs", words);
    };
    QStringList tags;
    for (const std::string& tag : run.tags) tags << QString::fromStdString(tag);
    auto* dialog = new QInputDialog(parent);
    dialog->setObjectName(QStringLiteral("tagsDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Tags"));
    dialog->setLabelText(tr("Tags, separated by commas:"));
    dialog->setTextValue(tags.join(QStringLiteral(", ")));
    QObject::connect(
        dialog, &QInputDialog::textValueSelected, &workspace,
        [&workspace, id = run.id](const QString& words) {
            std::vector<std::string> next;
            for (const QString& tag : words.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
                if (!tag.trimmed().isEmpty()) next.push_back(tag.trimmed().toStdString());
            }
            workspace.setTags(id, next);
        });
    dialog->open();
}

void editNote(QWidget* parent, Workspace& workspace, const LibraryRun& run) {
    const auto tr = [](const char* words) {
        return QCoreApplication::translate("RunDialogs", words);
    };
    auto* dialog = new QInputDialog(parent);
    dialog->setObjectName(QStringLiteral("noteDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setOption(QInputDialog::UsePlainTextEditForTextInput);
    dialog->setWindowTitle(tr("Note"));
    dialog->setLabelText(tr("Note on %1:").arg(QString::fromStdString(run.summary.name).left(60)));
    dialog->setTextValue(QString::fromStdString(run.note));
    // Tab goes on to the buttons; a note needs no tabulators.
    if (auto* edit = dialog->findChild<QPlainTextEdit*>()) edit->setTabChangesFocus(true);
    QObject::connect(dialog, &QInputDialog::textValueSelected, &workspace,
                     [&workspace, id = run.id](const QString& words) {
                         workspace.setNote(id, words.toStdString());
                     });
    dialog->open();
}

}  // namespace bitloom::ui
