#include "ui/markdown/entities.h"

#include <algorithm>
#include <array>

namespace alcove::ui {

namespace {

struct Named {
    QStringView name;
    char16_t code;
};

// Those that are met in prose; sorted by name.
constexpr std::array kNamed = {
    Named{u"Delta", 0x394},   Named{u"Omega", 0x3A9},   Named{u"Sigma", 0x3A3},
    Named{u"alpha", 0x3B1},   Named{u"amp", u'&'},      Named{u"apos", u'\''},
    Named{u"asymp", 0x2248},  Named{u"beta", 0x3B2},    Named{u"bull", 0x2022},
    Named{u"cent", 0xA2},     Named{u"check", 0x2713},  Named{u"copy", 0xA9},
    Named{u"dagger", 0x2020}, Named{u"darr", 0x2193},   Named{u"deg", 0xB0},
    Named{u"delta", 0x3B4},   Named{u"divide", 0xF7},   Named{u"emsp", 0x2003},
    Named{u"ensp", 0x2002},   Named{u"epsilon", 0x3B5}, Named{u"euro", 0x20AC},
    Named{u"frac12", 0xBD},   Named{u"frac14", 0xBC},   Named{u"frac34", 0xBE},
    Named{u"gamma", 0x3B3},   Named{u"ge", 0x2265},     Named{u"gt", u'>'},
    Named{u"hArr", 0x21D4},   Named{u"harr", 0x2194},   Named{u"hearts", 0x2665},
    Named{u"hellip", 0x2026}, Named{u"iexcl", 0xA1},    Named{u"infin", 0x221E},
    Named{u"iquest", 0xBF},   Named{u"isin", 0x2208},   Named{u"lambda", 0x3BB},
    Named{u"laquo", 0xAB},    Named{u"larr", 0x2190},   Named{u"ldquo", 0x201C},
    Named{u"le", 0x2264},     Named{u"lsquo", 0x2018},  Named{u"lt", u'<'},
    Named{u"mdash", 0x2014},  Named{u"micro", 0xB5},    Named{u"middot", 0xB7},
    Named{u"minus", 0x2212},  Named{u"mu", 0x3BC},      Named{u"nbsp", 0xA0},
    Named{u"ndash", 0x2013},  Named{u"ne", 0x2260},     Named{u"not", 0xAC},
    Named{u"ohm", 0x3A9},     Named{u"omega", 0x3C9},   Named{u"para", 0xB6},
    Named{u"permil", 0x2030}, Named{u"phi", 0x3C6},     Named{u"pi", 0x3C0},
    Named{u"plusmn", 0xB1},   Named{u"pound", 0xA3},    Named{u"quot", u'"'},
    Named{u"rArr", 0x21D2},   Named{u"radic", 0x221A},  Named{u"raquo", 0xBB},
    Named{u"rarr", 0x2192},   Named{u"rdquo", 0x201D},  Named{u"reg", 0xAE},
    Named{u"rsquo", 0x2019},  Named{u"sect", 0xA7},     Named{u"shy", 0xAD},
    Named{u"sigma", 0x3C3},   Named{u"sum", 0x2211},    Named{u"sup1", 0xB9},
    Named{u"sup2", 0xB2},     Named{u"sup3", 0xB3},     Named{u"tau", 0x3C4},
    Named{u"theta", 0x3B8},   Named{u"thinsp", 0x2009}, Named{u"times", 0xD7},
    Named{u"trade", 0x2122},  Named{u"uarr", 0x2191},   Named{u"yen", 0xA5},
};

}  // namespace

QString entityText(QStringView entity) {
    if (entity.size() < 3 || entity.front() != u'&' || entity.back() != u';')
        return entity.toString();
    const QStringView name = entity.mid(1, entity.size() - 2);
    if (name[0] == u'#') {
        const bool hex = name.size() > 1 && (name[1] == u'x' || name[1] == u'X');
        bool whole = false;
        const uint code = name.mid(hex ? 2 : 1).toUInt(&whole, hex ? 16 : 10);
        const bool valid = whole && code > 0 && code <= 0x10FFFF && !QChar::isSurrogate(code);
        const char32_t character = valid ? code : 0xFFFD;
        return QString::fromUcs4(&character, 1);
    }
    const auto found =
        std::lower_bound(kNamed.begin(), kNamed.end(), name,
                         [](const Named& one, QStringView wanted) { return one.name < wanted; });
    if (found == kNamed.end() || found->name != name) return entity.toString();
    return QString(QChar(found->code));
}

}  // namespace alcove::ui
