#include "ui/chat/model_choices.h"

#include <QFileInfo>
#include <memory>
#include <utility>

#include "app/endpoint/endpoint.h"
#include "app/models/folder.h"
#include "ui/chat/words.h"

namespace alcove::ui {
namespace {

QString starter() {
    const auto name = app::kStarterChatModel;
    return QFileInfo(QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size())))
        .completeBaseName();
}

}  // namespace

ModelChoices::ModelChoices(app::Partner& partner, QString preferred)
    : m_partner(partner), m_preferred(std::move(preferred)) {
    refresh();
}

int ModelChoices::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant ModelChoices::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const app::PartnerModel& model = m_models[static_cast<size_t>(index.row())];
    const QString id = QString::fromStdString(model.id);
    if (role == NameRole || role == Qt::DisplayRole) return shownModel(id);
    if (role == IdRole) return id;
    if (role == PlaceRole)
        return model.endpoint == app::kLocalEndpoint ? QString()
                                                     : QString::fromStdString(model.endpoint);
    return {};
}

QHash<int, QByteArray> ModelChoices::roleNames() const {
    return {{NameRole, "name"}, {IdRole, "modelId"}, {PlaceRole, "place"}};
}

app::PartnerModel ModelChoices::current() const {
    if (m_current >= 0) return m_models[static_cast<size_t>(m_current)];
    const QString id = m_preferred.isEmpty() ? starter() : m_preferred;
    return {id.toStdString(), std::string(app::kLocalEndpoint), 0};
}

QString ModelChoices::currentName() const {
    return shownModel(QString::fromStdString(current().id));
}

void ModelChoices::choose(int row) {
    if (row < 0 || row >= count() || row == m_current) return;
    m_current = row;
    m_preferred = QString::fromStdString(current().id);
    emit currentChanged();
}

void ModelChoices::refresh() {
    if (std::exchange(m_refreshing, true)) return;  // starting the engine takes a while
    m_asking = std::jthread([this](const std::stop_token& stop) {
        auto models =
            std::make_shared<Result<std::vector<app::PartnerModel>>>(m_partner.models(stop));
        if (stop.stop_requested()) return;
        QMetaObject::invokeMethod(
            this, [this, models] { take(std::move(*models)); }, Qt::QueuedConnection);
    });
}

void ModelChoices::take(Result<std::vector<app::PartnerModel>> models) {
    m_refreshing = false;
    m_problem.clear();
    if (!models)
        m_problem = QString::fromStdString(models.message());
    else if (models->empty())
        m_problem = tr("There is no model yet that can answer.");
    emit problemChanged();
    if (!models) return;
    beginResetModel();
    m_models = std::move(*models);
    m_current = m_models.empty() ? -1 : 0;
    const std::string wanted =
        m_preferred.isEmpty() ? starter().toStdString() : m_preferred.toStdString();
    for (int row = 0; row < count(); ++row)
        if (m_models[static_cast<size_t>(row)].id == wanted) m_current = row;
    endResetModel();
    emit countChanged();
    emit currentChanged();
}

}  // namespace alcove::ui
