// A ZIP archive in memory, read by libzip, nothing of which is ever written anywhere. What comes
// out is counted against one budget for the whole file, and against what the entry promises.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "rag/reader/formats/formats.h"
#include "rag/reader/formats/xml.h"

namespace alcove::rag {

class Archive {
public:
    /// The bytes must outlive it. Refuses archives with entries that lead out of their folder.
    static Result<Archive> open(const Source& source, ReadContext& context);
    Archive(Archive&&) noexcept;
    Archive& operator=(Archive&&) = delete;
    ~Archive();

    [[nodiscard]] bool has(const std::string& name) const;
    [[nodiscard]] std::vector<std::string> names() const;
    /// Whole, in memory; at most `most` bytes.
    [[nodiscard]] Result<std::string> read(const std::string& name,
                                           uint64_t most = uint64_t{64} << 20) const;
    /// Piece by piece through a parser.
    [[nodiscard]] Result<void> parse(const std::string& name, XmlHandler& handler) const;

private:
    struct State;
    explicit Archive(std::unique_ptr<State> state);
    [[nodiscard]] Result<void> unpack(
        const std::string& name,
        const std::function<Result<void>(std::string_view, bool)>& use) const;
    std::unique_ptr<State> m_state;
};

/// "ppt/slides/" + "../media/a.png" → "ppt/media/a.png". Empty when it leads out of the archive.
[[nodiscard]] std::string resolveInside(std::string_view base, std::string_view target);

/// Relationships of an Office part: id → target (resolved), with the last word of the type.
struct Relation {
    std::string id, type, target;
};
[[nodiscard]] Result<std::vector<Relation>> readRelations(const Archive& archive,
                                                          const std::string& part);

/// dc:title, dc:creator and the date, of docProps/core.xml, meta.xml or an OPF; what is not there,
/// or broken, is empty.
[[nodiscard]] Metadata readMetadata(const Archive& archive, const std::string& part);

}  // namespace alcove::rag
