#include "app/desk/filter.h"

#include <algorithm>

#include "app/desk/describe.h"
#include "app/library/scan.h"

namespace alcove::app {
namespace {

constexpr size_t kMostWords = 1000;  // of one kind

/// A word misspelled must not look like a library that holds nothing.
Result<void> checkCollections(const std::vector<std::string>& names, Library& library) {
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> all, library.store().collections());
    for (const std::string& name : names) {
        if (std::any_of(all.begin(), all.end(),
                        [&](const rag::CollectionRecord& one) { return one.name == name; }))
            continue;
        std::string known;
        for (const rag::CollectionRecord& one : all)
            known += (known.empty() ? "" : ", ") + shownName(one.name);
        return fail("the library has no collection ", shownName(name), "; it has ",
                    known.empty() ? "none" : known);
    }
    return {};
}

}  // namespace

Result<std::string> kindNamed(std::string word) {
    for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    std::string known;
    for (auto kind = rag::SourceKind::Pdf; kind <= rag::SourceKind::Code;
         kind = static_cast<rag::SourceKind>(static_cast<int>(kind) + 1)) {
        if (word == name(kind)) return word;
        known += (known.empty() ? "" : ", ") + std::string(name(kind));
    }
    return fail("no document is of type ", shownName(word), "; types are ", known);
}

Json describe(const FilterWords& words) {
    return {{"collections", words.collections},
            {"documents", words.documents},
            {"types", words.kinds},
            {"from", words.from},
            {"before", words.before},
            {"folder", words.folder}};
}

FilterWords readFilter(Fields& fields) {
    FilterWords words;
    const Json* member = fields.member("filter");
    if (!member) return words;
    if (!member->is_object()) {
        fields.refuse("filter", "must be an object");
        return words;
    }
    Fields own(*member);
    words.collections = own.texts("collections", kMostWords);
    words.documents = own.texts("documents", kMostWords);
    words.kinds = own.texts("types", kMostWords);
    words.from = own.text("from");
    words.before = own.text("before");
    words.folder = own.text("folder");
    if (own.error()) fields.refuse("filter." + own.error()->field, own.error()->message);
    return words;
}

Result<rag::Filter> filterOf(const FilterWords& words, Library& library) {
    rag::Filter filter;
    filter.collections = words.collections;
    ALCOVE_CHECK(checkCollections(filter.collections, library));
    for (const std::string& word : words.kinds) {
        ALCOVE_TRY(filter.kinds.emplace_back(), kindNamed(word));
    }
    if (!words.from.empty()) {
        ALCOVE_TRY(filter.modifiedFrom, parseDate(words.from));
    }
    if (!words.before.empty()) {
        ALCOVE_TRY(filter.modifiedBefore, parseDate(words.before));
    }
    if (words.documents.empty()) return filter;
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> all, library.documents());
    for (const std::string& word : words.documents) {
        const std::string real = nameOf(realPath(pathFrom(words.folder) / pathFrom(word)));
        const size_t before = filter.documents.size();
        for (const rag::DocumentRecord& record : all)
            if (std::to_string(record.id) == word || record.path == word || record.path == real ||
                (record.path.size() > word.size() && record.path.ends_with(word) &&
                 record.path[record.path.size() - word.size() - 1] == '/'))
                filter.documents.push_back(record.id);
        if (filter.documents.size() == before)
            return fail("the library has no document ", shownName(word));
    }
    return filter;
}

}  // namespace alcove::app
