// First inputs for reader_fuzz: a little of each format. Archives are grown by the fuzzer from a
// stored one.
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

void put(std::string& to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i, value >>= 8) to += static_cast<char>(value & 0xFF);
}

/// Entries without compression, their sums right: libzip looks when it reads.
std::string archive(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string body, central;
    for (const auto& [name, content] : entries) {
        uint32_t sum = ~0U;
        for (const char c : content) {
            sum ^= static_cast<uint8_t>(c);
            for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (0xEDB88320U & (0U - (sum & 1)));
        }
        std::string common;
        put(common, 20, 2);
        put(common, 0, 8);
        put(common, ~sum, 4);
        put(common, content.size(), 4);
        put(common, content.size(), 4);
        put(common, name.size(), 2);
        put(common, 0, 2);
        central += std::string("PK\1\2\x14\0", 6) + common;
        put(central, 0, 10);
        put(central, body.size(), 4);
        central += name;
        body += std::string("PK\3\4", 4) + common + name + content;
    }
    std::string end("PK\5\6\0\0\0\0", 8);
    put(end, entries.size(), 2);
    put(end, entries.size(), 2);
    put(end, central.size(), 4);
    put(end, body.size(), 4);
    put(end, 0, 2);
    return body + central + end;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const std::string folder = argv[1];
    int number = 0;
    const auto add = [&](char format, const std::string& content) {
        std::ofstream(folder + "/seed" + std::to_string(number++), std::ios::binary)
            << format << content;
    };
    add(0, archive(
               {{"word/document.xml",
                 "<d><p><pStyle val='h'/><t>x</t></p><tbl><tr><tc><p><t>a</t></p></tc></tr>"
                 "<tr><tc><p/></tc></tr></tbl></d>"},
                {"word/styles.xml", "<s><style styleId='h'><name val='heading 1'/></style></s>"}}));
    add(1,
        archive({{"mimetype", "application/vnd.oasis.opendocument.text"},
                 {"content.xml",
                  "<d><h outline-level='1'>x</h><list><p>y<note><p>n</p></note></p></list></d>"}}));
    add(2, archive({{"mimetype", "application/vnd.oasis.opendocument.spreadsheet"},
                    {"content.xml",
                     "<d><table name='s'><table-row number-rows-repeated='3'><table-cell>"
                     "<p>1</p></table-cell></table-row></table></d>"}}));
    add(3, archive({{"ppt/presentation.xml", "<p xmlns:r='r'><sldId r:id='a'/></p>"},
                    {"ppt/_rels/presentation.xml.rels",
                     "<r><Relationship Id='a' Type='slide' Target='s.xml'/></r>"},
                    {"ppt/s.xml",
                     "<s><sp><ph "
                     "type='title'/><p><t>x</t></p></sp><tbl><tr><tc><p><t>c</t></p></tc></tr></"
                     "tbl></s>"}}));
    add(4,
        archive(
            {{"xl/workbook.xml", "<w xmlns:r='r'><sheet name='a' r:id='a'/></w>"},
             {"xl/_rels/workbook.xml.rels",
              "<r><Relationship Id='a' Type='worksheet' Target='s.xml'/></r>"},
             {"xl/styles.xml", "<s><cellXfs><xf numFmtId='14'/></cellXfs></s>"},
             {"xl/s.xml",
              "<s><row><c r='B1' s='0'><v>45000.5</v></c></row><row><c><v>1</v></c></row></s>"}}));
    add(5, archive({{"META-INF/container.xml", "<c><rootfile full-path='p'/></c>"},
                    {"p", "<p><item id='a' href='h' media-type='html'/><itemref idref='a'/></p>"},
                    {"h", "<p>x"}}));
    add(6, "<h1>a<ul><li>b<table><tr><th colspan=2>c<td>d</table><pre>\n e</pre>");
    add(7, "# a\n- b\n\n|c|d|\n|-|-|\n|`e`|[f](g)|\n\n```\nh\n```\ni\n---\n");
    add(8, "a\r\n\r\nb\xFF\xFE\xC3");
    add(9,
        "{\\rtf1\\ansicpg1251{\\fonttbl{\\f0\\fcharset128 a;}}\\f0\\'82\\'b1\\u8364?{\\footnote "
        "x}\\cell\\row\\par}");
    add(10, "a;b\n\"c;\"\"d\";1\n");
    add(12,
        "Subject: =?utf-8?Q?=C3=BC?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: "
        "quoted-printable\n\n<p>=C1=\n"
        "--b\nContent-Disposition: attachment; filename*=utf-8''a.csv\nContent-Transfer-Encoding: "
        "base64\n\nYSxi\n--b--");
    add(13, "From a\nSubject: b\n\nc\n\nFrom d\n\ne\n");
    add(14, "{\"a\":[{\"b\":1},{\"b\":2}],\"c\":{\"d\":[null]}}");
    add(15, "def f():\n  x\n\ny\n");
    return 0;
}
