// The models that can answer, and the one that does.
#pragma once

#include <QAbstractListModel>
#include <QQmlEngine>
#include <QString>
#include <thread>
#include <vector>

#include "app/assistant/partner.h"

namespace alcove::ui {

class ModelChoices : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    Q_PROPERTY(int currentRow READ currentRow NOTIFY currentChanged)
    Q_PROPERTY(QString currentName READ currentName NOTIFY currentChanged)
    /// Why there are none, in plain words; empty: there are, or they are being looked for.
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged)

public:
    enum Role { NameRole = Qt::UserRole + 1, IdRole, PlaceRole };

    /// The partner outlives it. `preferred`: the model's id that was chosen before.
    explicit ModelChoices(app::Partner& partner, QString preferred = {});

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] int count() const { return static_cast<int>(m_models.size()); }
    [[nodiscard]] int currentRow() const { return m_current; }
    [[nodiscard]] QString currentName() const;
    [[nodiscard]] QString problem() const { return m_problem; }
    /// Before they are known: the preferred one, or the starter model.
    [[nodiscard]] app::PartnerModel current() const;

    Q_INVOKABLE void choose(int row);
    /// Asks for them anew.
    Q_INVOKABLE void refresh();

signals:
    void countChanged();
    void currentChanged();
    void problemChanged();

private:
    void take(Result<std::vector<app::PartnerModel>> models);

    app::Partner& m_partner;
    std::vector<app::PartnerModel> m_models;
    QString m_preferred, m_problem;
    int m_current = -1;
    bool m_refreshing = false;
    std::jthread m_asking;
};

}  // namespace alcove::ui
