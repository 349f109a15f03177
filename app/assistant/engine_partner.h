// The models of this machine's engine, and of the servers that the user has added.
#pragma once

#include "app/assistant/partner.h"
#include "app/settings/settings_file.h"

namespace alcove::app {

class EnginePartner final : public Partner {
public:
    /// The settings are read for each call: what the user changes holds at once.
    explicit EnginePartner(SettingsFile settings) : m_settings(std::move(settings)) {}

    [[nodiscard]] Result<std::vector<PartnerModel>> models(std::stop_token stop) override;
    [[nodiscard]] Result<ChatReply> answer(const PartnerQuestion& question,
                                           const Listener& listener, std::stop_token stop) override;

private:
    SettingsFile m_settings;
};

}  // namespace alcove::app
